import {finished} from 'node:stream/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {WebSocket} from 'ws'
import type {PodStreams} from '../ports.ts'
import {SpdySession, type SpdyStream} from './spdy/session.ts'

/** SPDY frames inside WebSocket messages: what kubectl 1.31 and later speak. */
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'

type Connect = PodStreams['connect']

async function join(connect: Connect, pod: Pod, data: SpdyStream, error: SpdyStream): Promise<void> {
  try {
    const connection = await connect(pod, Number(data.headers['port']))
    connection.on('error', () => undefined)
    data.pipe(connection)
    connection.pipe(data)
    await finished(connection, {writable: false}).catch(() => undefined)
    await finished(data, {readable: false}).catch(() => undefined)
    connection.destroy()
  } catch (failure) {
    error.write(failure instanceof Error ? failure.message : String(failure))
    data.end()
  } finally {
    error.end()
    error.resume()
    data.resume()
  }
}

/** Each forwarded connection is a pair of streams, one for data and one for an error, with one request ID. */
export function forwardOverSpdy(socket: WebSocket, connect: Connect, pod: Pod): void {
  const waiting = new Map<string, SpdyStream>()
  const session = new SpdySession(
    {
      send: (bytes, done) => {
        if (socket.readyState !== WebSocket.OPEN) done(new Error('the client is gone'))
        else socket.send(bytes, {binary: true}, error => done(error ?? undefined))
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    },
    stream => {
      const key = stream.headers['requestid'] ?? stream.headers['port'] ?? ''
      const other = waiting.get(key)
      if (!other) {
        waiting.set(key, stream)
        return
      }
      waiting.delete(key)
      const [error, data] = stream.headers['streamtype'] === 'data' ? [other, stream] : [stream, other]
      void join(connect, pod, data, error)
    },
  )
  socket.on('message', (data: Buffer) => session.receive(data))
  socket.once('close', () => session.end())
}
