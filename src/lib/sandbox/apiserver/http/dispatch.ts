import type {ServerResponse} from 'node:http'
import type {KindTable} from '../kind.ts'
import type {Backend} from '../registry/backend.ts'
import {forbidden, forbiddenPath, methodNotAllowed, notFound, resourceNotFound} from '../status.ts'
import type {
  Answer,
  ApiRequest,
  Attributes,
  Authorizer,
  CreateOnlyResource,
  Handlers,
  SubresourceHandler,
} from './hooks.ts'
import {serveResource} from './resource.ts'

export interface Dispatch {
  backend: Backend
  kinds: KindTable
  authorize: Authorizer
  handlers: Handlers
  /** Serves paths that are no resource: discovery, health, version, OpenAPI. False when it knows none. */
  serveStatic(request: ApiRequest, response: ServerResponse): boolean
}

type Resource = NonNullable<Attributes['resource']>

/** Refuses what the user may not do, in Kubernetes' sentence. */
export function requireAllowed(
  authorize: Authorizer,
  request: ApiRequest,
  verb = request.attributes.verb,
): void {
  const {user} = request
  const attributes = {...request.attributes, verb}
  const {allowed, reason} = authorize(user, attributes)
  if (allowed) return
  const suffix = reason === undefined || reason === '' ? '' : `: ${reason}`
  const {resource, path} = attributes
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (resource === undefined) throw forbiddenPath(`${who} path ${JSON.stringify(path)}${suffix}`)
  const {group, plural, subresource, namespace} = resource
  const name = resource.name ?? ''
  const part = subresource === undefined ? plural : `${plural}/${subresource}`
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  const what = `resource ${JSON.stringify(part)} in API group ${JSON.stringify(group)} ${where}`
  throw forbidden({group, plural}, name, `${who} ${what}${suffix}`)
}

/** Answers an authenticated request; the response is still open when this throws. */
export async function dispatch(
  {backend, kinds, authorize, handlers, serveStatic}: Dispatch,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  requireAllowed(authorize, request)
  const {resource} = request.attributes
  if (resource === undefined) {
    if (serveStatic(request, response)) return undefined
    throw resourceNotFound()
  }
  const createOnly = findCreateOnly(handlers, resource)
  if (createOnly !== undefined) {
    if (request.attributes.verb !== 'create') throw methodNotAllowed()
    return createOnly.create(request, response)
  }
  const kind = kinds.find(resource.group, resource.version, resource.plural)
  if (kind === undefined) throw resourceNotFound()
  const handler = findSubresource(handlers, resource)
  if (handler !== undefined) {
    if (handler.handle === undefined) throw methodNotAllowed()
    return handler.handle(request, response)
  }
  if (!servedSubresource(kind, resource.subresource)) throw resourceNotFound()
  if (kind.namespaced && resource.namespace === undefined && !NAMESPACE_FREE.has(request.attributes.verb)) {
    throw resource.name === undefined ? methodNotAllowed() : notFound(kind, resource.name)
  }
  return serveResource(backend, kind, request, response)
}

/** Verbs that a namespaced kind allows over all namespaces. */
const NAMESPACE_FREE = new Set(['list', 'watch', 'create'])

function servedSubresource(
  kind: {hasStatus: boolean; scale?: unknown; plural: string; group: string},
  subresource: string | undefined,
): boolean {
  if (subresource === undefined) return true
  if (subresource === 'status') return kind.hasStatus
  if (subresource === 'scale') return kind.scale !== undefined
  return subresource === 'finalize' && kind.plural === 'namespaces' && kind.group === ''
}

export const findSubresource = (handlers: Handlers, resource: Resource): SubresourceHandler | undefined =>
  resource.subresource === undefined
    ? undefined
    : handlers.subresources.find(
        ({group, plural, subresource}) =>
          group === resource.group && plural === resource.plural && subresource === resource.subresource,
      )

const findCreateOnly = (handlers: Handlers, resource: Resource): CreateOnlyResource | undefined =>
  handlers.createOnly.find(
    ({group, version, plural}) =>
      group === resource.group && version === resource.version && plural === resource.plural,
  )
