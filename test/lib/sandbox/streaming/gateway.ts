import {once} from 'node:events'
import {createServer} from 'node:http'
import type {Duplex} from 'node:stream'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {WebSocket} from 'ws'
import type {ApiRequest} from '../../../../src/lib/sandbox/apiserver/http/hooks.ts'
import {apiRequest} from '../../../../src/lib/sandbox/apiserver/http/request.ts'
import {sendError} from '../../../../src/lib/sandbox/apiserver/http/respond.ts'
import type {PodStreams} from '../../../../src/lib/sandbox/ports.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {pods} from '../../../../src/lib/sandbox/resources.ts'
import {podStreamHandlers} from '../../../../src/lib/sandbox/streaming/handlers.ts'
import {FakeRegistry} from '../../../fakes/registry.ts'

const absent = () => {
  throw new Error('nobody expected this')
}

/** An HTTP server with nothing but the streaming subresources of the pod `db/web` (containers a and b). */
export async function startGateway(streams: Partial<PodStreams>) {
  const registry = new FakeRegistry(() => new Date(0))
  registry.create<Pod>(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name: 'web', namespace: 'db'},
    spec: {nodeName: 'n', containers: [{name: 'a'}, {name: 'b'}]},
  })
  const all: PodStreams = {exec: absent, attach: absent, connect: absent, logs: absent, ...streams}
  const handlers = podStreamHandlers(() => ({registry, streams: all}))
  const closing = new AbortController()
  const parse = (message: Parameters<typeof apiRequest>[0]): ApiRequest =>
    apiRequest(message, {name: 'tester', groups: []}, closing.signal)
  const find = (request: ApiRequest) =>
    handlers.find(each => each.subresource === request.attributes.resource?.subresource)
  const server = createServer((message, response) => {
    const request = parse(message)
    Promise.resolve(find(request)?.handle?.(request, response)).catch(error => sendError(response, error))
  })
  server.on('upgrade', (message, socket: Duplex, head: Buffer) => {
    const request = parse(message)
    Promise.resolve(find(request)?.upgrade?.(request, socket, head)).catch(error => {
      const code = error instanceof StatusError ? error.code : 500
      socket.end(`HTTP/1.1 ${code} Refused\r\nconnection: close\r\n\r\n${error.message}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const path = (rest: string) => `127.0.0.1:${port}/api/v1/namespaces/db/pods/web/${rest}`
  return {
    url: (rest: string) => `http://${path(rest)}`,
    open: (rest: string, protocols: string[]) => new Conversation(`ws://${path(rest)}`, protocols),
    async stop() {
      closing.abort()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client of the channel protocols that keeps what it hears. */
export class Conversation {
  readonly socket: WebSocket
  readonly closed: Promise<number>
  private readonly heard = new Map<number, Buffer[]>()
  private notify: () => void = () => undefined

  constructor(url: string, protocols: string[]) {
    this.socket = new WebSocket(url, protocols)
    this.socket.on('message', (data: Buffer) => {
      const channel = data[0] ?? -1
      this.heard.set(channel, [...(this.heard.get(channel) ?? []), data.subarray(1)])
      this.notify()
    })
    this.closed = new Promise((resolve, reject) => {
      this.socket.once('close', code => resolve(code))
      this.socket.once('error', reject)
    })
    this.closed.catch(() => undefined)
  }

  get opened(): Promise<unknown> {
    return this.socket.readyState === WebSocket.OPEN ? Promise.resolve() : once(this.socket, 'open')
  }

  bytes(channel: number): Buffer {
    return Buffer.concat(this.heard.get(channel) ?? [])
  }

  text(channel: number): string {
    return this.bytes(channel).toString('utf8')
  }

  send(channel: number, data: string | Buffer): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]))
  }

  async until(claim: () => boolean): Promise<void> {
    while (!claim()) {
      await new Promise<void>(resolve => {
        this.notify = resolve
      })
    }
  }
}
