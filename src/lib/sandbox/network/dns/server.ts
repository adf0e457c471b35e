import {createSocket, type Socket as UdpSocket} from 'node:dgram'
import {once} from 'node:events'
import {createServer, type Server, type Socket} from 'node:net'
import {type DecodedPacket, decode, encode, type Packet} from 'dns-packet'
import type {Registry} from '../../registry.ts'
import {endpointSlices, namespaces, services} from '../../resources.ts'
import {answerFromZone, emptyReply} from './answer.ts'
import {addLength, forward, takeFrame} from './upstream.ts'
import type {ZoneSource} from './zone.ts'

const serverFailure = 2
const notExisting = 3
const truncated = 0x0200
const smallestPayload = 512

export interface DnsRequest {
  source: ZoneSource
  address: string
  /** 0 picks a free one. */
  port: number
  /** Whom to ask about names outside the cluster; with nobody they do not exist. */
  upstream: readonly string[]
}

export interface DnsServer {
  port: number
  stop(): Promise<void>
}

/** The cluster's objects as the zone of `domain`. */
export function registryZone(registry: Registry, domain: string): ZoneSource {
  return {
    domain,
    namespace: name => registry.get(namespaces, undefined, name),
    service: (namespace, name) => registry.get(services, namespace, name),
    services: () => registry.list(services),
    slices: (namespace, service) =>
      registry.list(endpointSlices, {
        namespace,
        labels: [{key: 'kubernetes.io/service-name', operator: 'In', values: [service]}],
      }),
  }
}

/** Cluster DNS over UDP and TCP on one port. */
export async function startDns(request: DnsRequest): Promise<DnsServer> {
  const tcp = createServer(socket => serveStream(request, socket))
  tcp.listen(request.port, request.address)
  await once(tcp, 'listening')
  const bound = tcp.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : request.port
  const udp = createSocket('udp4')
  udp.on('message', (message, peer) => {
    void respond(request, message, 'udp').then(answer => {
      if (answer !== undefined) udp.send(answer, peer.port, peer.address, () => undefined)
    })
  })
  udp.bind(port, request.address)
  await once(udp, 'listening')
  return {port, stop: () => close(tcp, udp)}
}

function serveStream(request: DnsRequest, socket: Socket): void {
  let received = Buffer.alloc(0)
  socket.setTimeout(10_000, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece])
    for (let taken = takeFrame(received); taken !== undefined; taken = takeFrame(received)) {
      received = taken.rest
      void respond(request, taken.frame, 'tcp').then(answer => {
        if (answer !== undefined) socket.write(addLength(answer))
      })
    }
  })
}

/** The encoded answer to an encoded question; undefined for what is no DNS message at all. */
export async function respond(
  request: Pick<DnsRequest, 'source' | 'upstream'>,
  message: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  const query = parse(message)
  if (query === undefined) return undefined
  const own = answerOrFailure(request.source, query)
  if (own !== undefined) return shorten(own, transport === 'udp' ? payloadLimit(query) : 65_535)
  if (request.upstream.length === 0) return encode(emptyReply(query, notExisting))
  const answer = await forward(request.upstream, message, transport)
  return answer ?? encode(emptyReply(query, serverFailure))
}

function answerOrFailure(source: ZoneSource, query: DecodedPacket): Packet | undefined {
  try {
    return answerFromZone(source, query)
  } catch {
    // The registry is closing, or an object is odd: the asker shall try again, not believe in absence.
    return emptyReply(query, serverFailure)
  }
}

function parse(message: Buffer): DecodedPacket | undefined {
  try {
    const query = decode(message)
    return query.type === 'query' ? query : undefined
  } catch {
    return undefined
  }
}

/** How much a client takes by UDP: 512 bytes unless it says more. */
function payloadLimit(query: DecodedPacket): number {
  const option = query.additionals?.find(record => record.type === 'OPT')
  return option?.type === 'OPT' ? Math.max(smallestPayload, option.udpPayloadSize) : smallestPayload
}

/** Cuts an answer that is too long: the client then asks again by TCP. */
function shorten(packet: Packet, limit: number): Buffer {
  const whole = encode(packet)
  if (whole.length <= limit) return whole
  const flags = (packet.flags ?? 0) | truncated
  return encode({...packet, flags, answers: [], authorities: [], additionals: []})
}

async function close(tcp: Server, udp: UdpSocket): Promise<void> {
  await Promise.all([
    new Promise<void>(resolve => tcp.close(() => resolve())),
    new Promise<void>(resolve => udp.close(() => resolve())),
  ])
}
