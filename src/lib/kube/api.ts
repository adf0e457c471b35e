import {failedError} from '../errors.ts'
import type {Clock, KindRef, KubeObject, ObjectRef} from '../ports.ts'
import {isRecord} from '../record.ts'
import type {Connection} from './connect.ts'
import {type Asked, statusError} from './failure.ts'
import {type Discovery, discovery, groupPath} from './kinds.ts'
import {type KubeRequest, type KubeResponse, send} from './request.ts'
import {withRetry} from './retry.ts'
import {warningsOf} from './warnings.ts'

export interface Call extends KubeRequest {
  asked: Asked
  /** True where sending it twice does no more than sending it once. */
  repeatable: boolean
}

/** One connection with what all verbs share: retries, errors, warnings, where each kind is served. */
export interface Api {
  connection: Connection
  clock: Clock
  kinds: Discovery
  /** Any answer, a refusal included. */
  answer(call: Call): Promise<KubeResponse>
  /** The body of a success; a refusal throws. */
  json(call: Call): Promise<unknown>
  object(call: Call): Promise<KubeObject>
  text(call: Call): Promise<string>
  collectionPath(kind: KindRef, namespace?: string): Promise<string>
  objectPath(ref: ObjectRef, subresource?: string): Promise<string>
}

export const isKubeObject = (value: unknown): value is KubeObject =>
  isRecord(value) &&
  typeof value['kind'] === 'string' &&
  typeof value['apiVersion'] === 'string' &&
  isRecord(value['metadata'])

export const titleOf = (ref: {kind: string; name?: string; namespace?: string}): string =>
  `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name ?? ''}`.trim()

export const refOf = (object: KubeObject): ObjectRef => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name ?? '',
  ...(object.metadata.namespace === undefined ? {} : {namespace: object.metadata.namespace}),
})

export function refuse(connection: Connection, call: Call, response: KubeResponse): KubeResponse {
  if (response.status >= 200 && response.status < 300) return response
  throw statusError(connection, call.asked, response.status, response.body)
}

function parse(call: Call, response: KubeResponse): unknown {
  try {
    return JSON.parse(response.body)
  } catch (cause) {
    throw failedError('API_ERROR', 'the Kubernetes API answered with something that is not JSON', {
      object: call.asked.object,
      reason: response.body.slice(0, 200),
      hints: ['A proxy or a login page may stand before the API: check the server in the kubeconfig.'],
      cause,
    })
  }
}

export interface ApiOptions {
  clock: Clock
  /** Takes what the API warns of, such as a deprecated kind. */
  warn?: (text: string) => void
  /** Takes the `Date` of each answer, and when it was asked for by this machine's clock. */
  heard?: (date: string | undefined, sent: number) => void
}

export function createApi(connection: Connection, {clock, warn, heard}: ApiOptions): Api {
  const ask = async (call: Call): Promise<KubeResponse> => {
    const sent = Date.now()
    const response = await send(connection, call)
    heard?.(response.headers.date, sent)
    return response
  }
  const answer = async (call: Call): Promise<KubeResponse> => {
    const options = {clock, repeatable: call.repeatable, ...(call.signal ? {signal: call.signal} : {})}
    const response = await withRetry(() => ask(call), options)
    if (warn) for (const text of warningsOf(response.headers)) warn(text)
    // A plugin's token may have expired under a long command: ask the plugin once more.
    if (response.status === 401 && connection.credentials.refresh()) return ask(call)
    return response
  }
  const json = async (call: Call): Promise<unknown> =>
    parse(call, refuse(connection, call, await answer(call)))

  const kinds = discovery(async path => {
    const asked = {verb: 'discover', object: `API ${path.replace(/^\/apis?\//, '')}`}
    const call: Call = {method: 'GET', path, asked, repeatable: true}
    const response = await answer(call)
    return response.status === 404 ? undefined : parse(call, refuse(connection, call, response))
  })
  const collectionPath = async (kind: KindRef, namespace?: string): Promise<string> => {
    const {plural, namespaced} = await kinds.resource(kind)
    const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
    return `${groupPath(kind.apiVersion)}${scope}/${plural}`
  }
  return {
    connection,
    clock,
    kinds,
    answer,
    json,
    collectionPath,
    text: async call => refuse(connection, call, await answer(call)).body,
    async object(call) {
      const parsed = await json(call)
      if (isKubeObject(parsed)) return parsed
      throw failedError('API_ERROR', 'the Kubernetes API answered with something that is no object', {
        object: call.asked.object,
      })
    },
    async objectPath(ref, subresource) {
      const path = `${await collectionPath(ref, ref.namespace)}/${encodeURIComponent(ref.name)}`
      return subresource === undefined ? path : `${path}/${subresource}`
    },
  }
}
