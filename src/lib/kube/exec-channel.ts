import type {IncomingMessage} from 'node:http'
import {text} from 'node:stream/consumers'
import type WebSocket from 'ws'
import {failedError} from '../errors.ts'
import {isRecord} from '../record.ts'
import type {Connection} from './connect.ts'
import {type Asked, networkError, statusError} from './failure.ts'
import {authHeaders, pathOf} from './request.ts'

/** Newest first. Version 5 can end stdin, which pgk relies on. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** The first byte of every message. */
export const Channel = {stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255} as const

export interface ChannelRequest {
  path: string
  query: [string, string][]
  asked: Asked
  signal?: AbortSignal
}

export interface ChannelHandlers {
  /** Output as it comes. A returned promise holds back what follows until it is settled. */
  stdout(chunk: Buffer): Promise<void> | undefined
  stderr(chunk: Buffer): Promise<void> | undefined
  /** The socket is open: input may be sent. */
  opened(send: (channel: number, data: Uint8Array) => Promise<void>, canEndInput: boolean): void
}

/**
 * Opens a stream to a container and resolves with the exit code when the API has reported it and the socket
 * is closed. Handlers are in place before the socket opens, so that no first output is missed.
 */
export async function runChannel(
  connection: Connection,
  request: ChannelRequest,
  handlers: ChannelHandlers,
): Promise<number> {
  const {default: Socket} = await import('ws')
  const {agent} = await connection.credentials.get()
  const scheme = connection.server.protocol === 'http:' ? 'ws' : 'wss'
  const search = new URLSearchParams(request.query).toString()
  const url = `${scheme}://${connection.server.host}${pathOf(connection.server, request.path)}?${search}`
  const socket = new Socket(url, protocols, {
    agent,
    headers: await authHeaders(connection),
    handshakeTimeout: (connection.requestTimeoutSeconds || 30) * 1000,
    maxPayload: 0,
    perMessageDeflate: false,
  })
  return await new Promise<number>((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(networkError(connection, error))
      socket.terminate()
    }
    const abort = (): void => fail(request.signal?.reason)
    if (request.signal?.aborted) abort()
    else request.signal?.addEventListener('abort', abort, {once: true})
    let ended: number | Error | undefined
    socket.on('message', data => {
      try {
        const outcome = receive(socket, data, handlers, request.asked)
        if (outcome !== undefined) ended = outcome
      } catch (error) {
        fail(error)
      }
    })
    socket.once('unexpected-response', (_, response) => {
      refusal(connection, request.asked, response).then(fail, fail)
    })
    socket.once('error', fail)
    socket.once('close', code => {
      request.signal?.removeEventListener('abort', abort)
      if (typeof ended === 'number') resolve(ended)
      else reject(ended ?? lostError(request.asked, code))
    })
    socket.once('open', () => {
      const send = (channel: number, bytes: Uint8Array): Promise<void> => sendOn(socket, channel, bytes)
      handlers.opened(send, socket.protocol === protocols[0])
    })
  })
}

async function refusal(connection: Connection, asked: Asked, response: IncomingMessage): Promise<Error> {
  return statusError(connection, asked, response.statusCode ?? 0, await text(response))
}

const lostError = (asked: Asked, code: number): Error =>
  failedError('EXEC_LOST', 'the connection to the container ended before the command did', {
    object: asked.object,
    reason: `the socket closed with code ${code}`,
    hints: ['Whether the command had its effect is not known. Look before you repeat it.'],
  })

function sendOn(socket: WebSocket, channel: number, bytes: Uint8Array): Promise<void> {
  const message = Buffer.concat([Buffer.from([channel]), bytes])
  return new Promise((resolve, reject) => {
    socket.send(message, error => (error ? reject(error) : resolve()))
  })
}

/** Takes one message; the command's end is an exit code, or an error where it could not even start. */
function receive(
  socket: WebSocket,
  data: WebSocket.RawData,
  handlers: ChannelHandlers,
  asked: Asked,
): number | Error | undefined {
  const message = Buffer.isBuffer(data)
    ? data
    : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)])
  const channel = message[0]
  const content = message.subarray(1)
  if (channel === Channel.status) {
    // Streams end before the status is sent, so nothing is cut off by closing now.
    socket.close(1000)
    return outcomeOf(content.toString('utf8'), asked)
  }
  if (content.length === 0) return undefined
  const held =
    channel === Channel.stdout
      ? handlers.stdout(content)
      : channel === Channel.stderr
        ? handlers.stderr(content)
        : undefined
  if (held) {
    socket.pause()
    const resume = (): void => socket.resume()
    held.then(resume, resume)
  }
  return undefined
}

/** Reads the `Status` that ends an exec: `Success`, or `NonZeroExitCode` with the code among the causes. */
export function outcomeOf(body: string, asked: Asked): number | Error {
  const status: unknown = JSON.parse(body)
  if (!isRecord(status)) return 1
  if (status['status'] === 'Success') return 0
  const details = isRecord(status['details']) ? status['details'] : {}
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isRecord) : []
  const exit = causes.find(cause => cause['reason'] === 'ExitCode')?.['message']
  const code = typeof exit === 'string' ? Number(exit) : Number.NaN
  if (Number.isInteger(code)) return code
  const message = typeof status['message'] === 'string' ? status['message'] : 'no reason given'
  return failedError('EXEC_FAILED', 'the command could not be run in the container', {
    object: asked.object,
    reason: message.trim(),
  })
}
