import type {ServerResponse} from 'node:http'
import type {ApiRequest, Handlers} from '../http/hooks.ts'
import {sendObject, sendText} from '../http/respond.ts'
import type {KindTable} from '../kind.ts'
import {aggregated, apiGroupList, apiVersions, groupOf, resourceList} from './documents.ts'
import {openapiIndex, openapiOf, SchemaHashes} from './openapi.ts'
import {OPENAPI_V2_PROTOBUF, openapiV2, openapiV2Json} from './openapi-v2.ts'

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: 'linux/amd64',
}

/** Serves what is no object: versions, health, discovery and OpenAPI, always from the kinds served now. */
export function staticPaths(
  kinds: KindTable,
  handlers: Handlers,
  address: () => string,
): (request: ApiRequest, response: ServerResponse) => boolean {
  const hashes = new SchemaHashes()
  const documents = (request: ApiRequest): unknown => {
    const {path} = request
    const parts = path.split('/').filter(part => part !== '')
    if (path === '/version') return VERSION
    if (path === '/openapi/v3') return openapiIndex(kinds, handlers, hashes)
    if (path.startsWith('/openapi/v3/')) return openapiOf(kinds, handlers, path.slice('/openapi/v3/'.length))
    const wantsAggregated = acceptsAggregated(request.message.headers.accept)
    if (path === '/api') return wantsAggregated ? aggregated(kinds, handlers, true) : apiVersions(address())
    if (path === '/apis')
      return wantsAggregated ? aggregated(kinds, handlers, false) : apiGroupList(kinds, handlers)
    const [root, first = '', second] = parts
    if (root === 'api' && parts.length === 2) return resourceList(kinds, handlers, '', first)
    if (root !== 'apis' || parts.length > 3) return undefined
    return second === undefined
      ? groupOf(kinds, handlers, first)
      : resourceList(kinds, handlers, first, second)
  }
  return (request, response) => {
    const {path} = request
    if (['/healthz', '/livez', '/readyz'].includes(path)) {
      sendText(response, 200, 'text/plain; charset=utf-8', 'ok')
      return true
    }
    if (path === '/openapi/v2') {
      sendOpenapiV2(kinds, request, response)
      return true
    }
    const document = documents(request)
    if (document === undefined) {
      sendText(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')
    } else if (['/api', '/apis'].includes(path) && acceptsAggregated(request.message.headers.accept)) {
      sendText(response, 200, AGGREGATED, JSON.stringify(document))
    } else {
      sendObject(response, 200, document)
    }
    return true
  }
}

function sendOpenapiV2(kinds: KindTable, request: ApiRequest, response: ServerResponse): void {
  if (request.message.headers.accept?.includes('proto-openapi') !== true) {
    sendObject(response, 200, openapiV2Json(kinds.all()))
    return
  }
  const bytes = openapiV2(kinds.all())
  response.writeHead(200, {'content-type': OPENAPI_V2_PROTOBUF, 'content-length': bytes.length})
  response.end(bytes)
}

const acceptsAggregated = (accept: string | undefined): boolean =>
  (accept ?? '')
    .split(',')
    .some(range =>
      ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every(part => range.includes(part)),
    )
