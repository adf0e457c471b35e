import http, {type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {text} from 'node:stream/consumers'
import type {Connection} from '../../src/lib/kube/connect.ts'

export interface Seen {
  method: string
  path: string
  query: URLSearchParams
  headers: http.IncomingHttpHeaders
  body: string
}

export type Answer = (seen: Seen, response: ServerResponse, request: IncomingMessage) => void | Promise<void>

export interface ScriptedApi {
  seen: Seen[]
  connection: Connection
  server: http.Server
  close(): Promise<void>
}

/** A loopback HTTP server that answers as the test says and remembers what it was asked. */
export async function scriptedApi(answer: Answer): Promise<ScriptedApi> {
  const seen: Seen[] = []
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await text(request),
    }
    seen.push(one)
    await answer(one, response, request)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    server,
    connection: connectionTo(server),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function connectionTo(server: http.Server): Connection {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  const {port}: AddressInfo = address
  const agent = new http.Agent()
  return {
    server: new URL(`http://127.0.0.1:${port}`),
    context: 'test',
    namespace: 'db',
    impersonate: undefined,
    requestTimeoutSeconds: 5,
    credentials: {
      get: async () => ({agent, headers: {Authorization: 'Bearer t'}, tls: {}}),
      refresh: () => false,
    },
  }
}

export function json(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, {'Content-Type': 'application/json', ...headers})
  response.end(JSON.stringify(body))
}

export const failure = (code: number, reason: string, message: string, details?: unknown): unknown => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
  ...(details === undefined ? {} : {details}),
})
