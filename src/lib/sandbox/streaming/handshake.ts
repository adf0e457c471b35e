import type {Duplex} from 'node:stream'
import {type WebSocket, WebSocketServer} from 'ws'
import type {ApiRequest} from '../apiserver/http/hooks.ts'
import {badRequest} from '../apiserver/status.ts'
import {StatusError} from '../registry.ts'

const largestMessage = 64 << 20
const pingEvery = 30_000

const offered = (request: ApiRequest): string[] =>
  (request.message.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')

/** Refuses what is no WebSocket handshake, in particular kubectl's older SPDY. Throws `StatusError`. */
function requireWebSocket(request: ApiRequest): void {
  const wanted = request.message.headers.upgrade?.toLowerCase() ?? ''
  if (wanted === 'websocket') return
  if (wanted === '') throw badRequest('Upgrade request required')
  throw badRequest(
    `unable to upgrade: this server speaks WebSockets, not ${wanted}; ` +
      'use kubectl 1.31 or later, or unset KUBECTL_REMOTE_COMMAND_WEBSOCKETS and KUBECTL_PORT_FORWARD_WEBSOCKETS',
  )
}

/** The first protocol of the client's that the server speaks too; '' where the client names none. */
export function negotiate(request: ApiRequest, spoken: readonly string[]): string {
  requireWebSocket(request)
  const wanted = offered(request)
  if (wanted.length === 0) return ''
  const found = wanted.find(each => spoken.includes(each))
  if (found !== undefined) return found
  throw new StatusError(
    403,
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], ` +
      `server accepts [${spoken.join(' ')}]`,
  )
}

/** Completes the handshake. */
export function openWebSocket(
  request: ApiRequest,
  socket: Duplex,
  head: Buffer,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({noServer: true, maxPayload: largestMessage, perMessageDeflate: false})
  // kubectl names a protocol with a slash in it, which the library refuses to read: the header is ours.
  delete request.message.headers['sec-websocket-protocol']
  if (protocol !== '') server.on('headers', lines => lines.push(`Sec-WebSocket-Protocol: ${protocol}`))
  return new Promise(resolve => {
    server.handleUpgrade(request.message, socket, head, opened => {
      keepAlive(opened, request.signal)
      resolve(opened)
    })
  })
}

/** Keeps the connection from being dropped as idle, and ends it with the server. */
function keepAlive(socket: WebSocket, signal: AbortSignal): void {
  const timer = setInterval(() => socket.ping(), pingEvery)
  const end = () => socket.terminate()
  signal.addEventListener('abort', end, {once: true})
  socket.on('error', () => socket.terminate())
  socket.once('close', () => {
    clearInterval(timer)
    signal.removeEventListener('abort', end)
  })
}
