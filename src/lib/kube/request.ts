import type {IncomingHttpHeaders, IncomingMessage} from 'node:http'
import {text} from 'node:stream/consumers'
import {timedOutError} from '../errors.ts'
import type {Connection} from './connect.ts'
import {networkError} from './failure.ts'
import {http, https} from './node-http.ts'

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Absolute path below the server's address, without the query. */
  path: string
  query?: Record<string, string | undefined>
  body?: unknown
  contentType?: string
  accept?: string
  timeoutSeconds?: number
  signal?: AbortSignal
}

export interface KubeResponse {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** The path under the server's own prefix (Rancher and others serve below one), with the query. */
export function pathOf(server: URL, path: string, query: KubeRequest['query'] = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, value)
  const text = search.toString()
  return `${server.pathname.replace(/\/$/, '')}${path}${text ? `?${text}` : ''}`
}

export async function authHeaders(connection: Connection): Promise<Record<string, string>> {
  const {headers} = await connection.credentials.get()
  const {impersonate} = connection
  return {'User-Agent': 'pgk', ...headers, ...(impersonate ? {'Impersonate-User': impersonate} : {})}
}

/** Sends one request and hands back the answer's head, its body still to be read. */
export async function open(connection: Connection, request: KubeRequest): Promise<IncomingMessage> {
  const {agent} = await connection.credentials.get()
  const payload = request.body === undefined ? undefined : JSON.stringify(request.body)
  const headers = {
    ...(await authHeaders(connection)),
    Accept: request.accept ?? 'application/json',
    ...(payload === undefined
      ? {}
      : {
          'Content-Type': request.contentType ?? 'application/json',
          'Content-Length': String(Buffer.byteLength(payload)),
        }),
  }
  const client = connection.server.protocol === 'http:' ? http : https
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = client.request({
      protocol: connection.server.protocol,
      hostname: connection.server.hostname.replace(/^\[|\]$/g, ''),
      port: connection.server.port || (client === http ? 80 : 443),
      path: pathOf(connection.server, request.path, request.query),
      method: request.method,
      agent,
      headers,
      ...(request.signal ? {signal: request.signal} : {}),
    })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end(payload)
  })
}

/** Sends one request and reads the whole answer, within the request's deadline. */
export async function send(connection: Connection, request: KubeRequest): Promise<KubeResponse> {
  const seconds = request.timeoutSeconds ?? connection.requestTimeoutSeconds
  const deadline = seconds > 0 ? AbortSignal.timeout(seconds * 1000) : undefined
  const signals = [deadline, request.signal].filter(signal => signal !== undefined)
  try {
    const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
    const response = await open(connection, {...request, ...(signal ? {signal} : {})})
    return {status: response.statusCode ?? 0, headers: response.headers, body: await text(response)}
  } catch (error) {
    if (deadline?.aborted && !request.signal?.aborted) {
      throw timedOutError('API_TIMEOUT', 'the Kubernetes API did not answer in time', {
        object: connection.server.origin,
        reason: `no whole answer to ${request.method} ${request.path} within ${seconds} s`,
        hints: ['Allow more with --request-timeout, for example --request-timeout 2m.'],
        cause: error,
      })
    }
    throw networkError(connection, error)
  }
}
