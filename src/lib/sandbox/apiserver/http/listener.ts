import type {IncomingMessage, Server, ServerResponse} from 'node:http'
import {STATUS_CODES} from 'node:http'
import type {Duplex} from 'node:stream'
import {StatusError} from '../../registry.ts'
import {resourceNotFound, unauthorized} from '../status.ts'
import type {Dispatch} from './dispatch.ts'
import {dispatch, findSubresource, requireAllowed} from './dispatch.ts'
import type {ApiRequest, Authenticator} from './hooks.ts'
import {apiRequest} from './request.ts'
import {asStatus, sendError, sendObject, sendText, statusObject} from './respond.ts'

export interface Listener extends Dispatch {
  authenticate: Authenticator
  /** Aborted when the server closes: ends watches and followed logs. */
  closing: AbortSignal
  report(error: unknown): void
  /** Sees every request before it is answered; may delay it or throw. For fault injection. */
  intercept?(message: IncomingMessage): void | Promise<void>
}

/** Connects an HTTP server's requests and WebSocket handshakes to the API. */
export function serve(server: Server, listener: Listener): void {
  server.on('request', (message, response) => {
    void answer(listener, message, response).catch(error => fail(listener, response, error))
  })
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    void upgrade(listener, message, {socket, head}).catch(error => refuse(socket, error))
  })
}

function fail(listener: Listener, response: ServerResponse, error: unknown): void {
  if (!(error instanceof StatusError)) listener.report(error)
  sendError(response, error)
}

async function identify(
  listener: Listener,
  message: IncomingMessage,
  signal: AbortSignal,
): Promise<ApiRequest> {
  await listener.intercept?.(message)
  const user = await listener.authenticate(message)
  if (user === undefined) throw unauthorized()
  return apiRequest(message, user, signal)
}

async function answer(listener: Listener, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const request = await identify(listener, message, AbortSignal.any([gone.signal, listener.closing]))
  const {resource} = request.attributes
  if (
    resource !== undefined &&
    listener.kinds.find(resource.group, resource.version, resource.plural) === undefined
  ) {
    if (!knownGroup(listener, resource)) {
      sendText(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')
      return
    }
  }
  const result = await dispatch(listener, request, response)
  if (result !== undefined) sendObject(response, result.status, result.object)
}

/** A group and version that nothing is served under does not even have a Status to answer with. */
const knownGroup = (
  {kinds, handlers}: Listener,
  {group, version}: {group: string; version: string},
): boolean =>
  [...kinds.all(), ...handlers.createOnly].some(kind => kind.group === group && kind.version === version)

async function upgrade(
  listener: Listener,
  message: IncomingMessage,
  {socket, head}: {socket: Duplex; head: Buffer},
): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  const request = await identify(listener, message, AbortSignal.any([gone.signal, listener.closing]))
  requireAllowed(listener.authorize, request)
  // A handshake is a GET, but what it starts is as powerful as a POST.
  requireAllowed(listener.authorize, request, 'create')
  const {resource} = request.attributes
  const handler = resource === undefined ? undefined : findSubresource(listener.handlers, resource)
  if (handler?.upgrade === undefined) throw resourceNotFound()
  await handler.upgrade(request, socket, head)
}

/** Answers a failed handshake in plain HTTP, which is what the client still speaks. */
function refuse(socket: Duplex, error: unknown): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = asStatus(error)
  const body = JSON.stringify(statusObject(status))
  socket.end(
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? 'Error'}\r\n` +
      'content-type: application/json\r\nconnection: close\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
