import type {Duplex} from 'node:stream'
import {finished} from 'node:stream/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {WebSocket} from 'ws'
import type {ApiRequest} from '../apiserver/http/hooks.ts'
import {badRequest} from '../apiserver/status.ts'
import type {PodStreams} from '../ports.ts'
import {Channels} from './channels.ts'
import {negotiate, openWebSocket} from './handshake.ts'
import {forwardOverSpdy, tunnelProtocol} from './portforward-spdy.ts'
import {podOf, type StreamingBackend} from './target.ts'

const channelProtocol = 'v4.channel.k8s.io'

const portsOf = (request: ApiRequest): number[] =>
  request.query
    .getAll('ports')
    .flatMap(each => each.split(','))
    .map(text => {
      const port = Number(text)
      if (Number.isInteger(port) && port > 0 && port < 65_536) return port
      throw badRequest(`invalid port ${JSON.stringify(text)}: must be between 1 and 65535`)
    })

function numberFrame(port: number): Buffer {
  const data = Buffer.alloc(2)
  data.writeUInt16LE(port)
  return data
}

interface Pair {
  readonly port: number
  readonly data: number
  readonly error: number
}

async function join(
  streams: PodStreams,
  pod: Pod,
  channels: Channels,
  {port, data, error}: Pair,
): Promise<void> {
  const [input, output] = [channels.input(data), channels.output(data)]
  try {
    const connection = await streams.connect(pod, port)
    connection.on('error', () => undefined)
    input.pipe(connection)
    connection.pipe(output, {end: false})
    await Promise.race([finished(connection, {writable: false}), finished(output)]).catch(() => undefined)
    connection.destroy()
  } catch (failure) {
    channels.sendOn(error, Buffer.from(failure instanceof Error ? failure.message : String(failure)))
  }
}

/** Two channels a port, data and error; each begins with the port's number. Ends when all ports have. */
async function forwardOverChannels(
  socket: WebSocket,
  streams: PodStreams,
  pod: Pod,
  ports: readonly number[],
): Promise<void> {
  const channels = new Channels(socket)
  const pairs = ports.map((port, index): Pair => ({port, data: index * 2, error: index * 2 + 1}))
  for (const {port, data, error} of pairs) {
    channels.sendOn(data, numberFrame(port))
    channels.sendOn(error, numberFrame(port))
  }
  await Promise.all(pairs.map(pair => join(streams, pod, channels, pair)))
  channels.close()
}

/** `pods/portforward`: TCP connections into a pod. */
export async function handlePortForward(
  backend: StreamingBackend,
  request: ApiRequest,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const pod = podOf(backend, request)
  const {streams} = backend
  const protocol = negotiate(request, [tunnelProtocol, channelProtocol])
  const ports = protocol === tunnelProtocol ? [] : portsOf(request)
  if (protocol !== tunnelProtocol && ports.length === 0)
    throw badRequest('you must specify at least one port')
  const opened = await openWebSocket(request, socket, head, protocol)
  if (protocol === tunnelProtocol)
    forwardOverSpdy(opened, (target, port) => streams.connect(target, port), pod)
  else await forwardOverChannels(opened, streams, pod, ports)
}
