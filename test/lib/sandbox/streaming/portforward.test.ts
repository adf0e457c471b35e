import {once} from 'node:events'
import {PassThrough} from 'node:stream'
import {afterEach, expect, test} from 'vitest'
import {WebSocket, WebSocketServer} from 'ws'
import type {PodStreams} from '../../../../src/lib/sandbox/ports.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {forwardOverSpdy} from '../../../../src/lib/sandbox/streaming/portforward-spdy.ts'
import {startGateway} from './gateway.ts'
import {SpdyClient} from './spdy-client.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Port 80 echoes, any other refuses. */
const connect: PodStreams['connect'] = async (_pod, port) => {
  if (port === 80) return new PassThrough()
  throw new StatusError(500, 'InternalError', `error forwarding port ${port}: connection refused`)
}

async function gateway() {
  const found = await startGateway({connect})
  stops.push(found.stop)
  return found
}

/** The tunnel without its handshake: the protocol's name is one that the library's client cannot ask for. */
async function tunnel(): Promise<SpdyClient> {
  const server = new WebSocketServer({port: 0, host: '127.0.0.1'})
  server.on('connection', socket => forwardOverSpdy(socket, connect, {}))
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const client = new SpdyClient(new WebSocket(`ws://127.0.0.1:${port}`))
  await client.opened
  stops.push(async () => {
    for (const each of server.clients) each.terminate()
    server.close()
  })
  return client
}

test('the channel protocol begins with port numbers and then carries data', async () => {
  const {open} = await gateway()
  const talk = open('portforward?ports=80', ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
  await talk.until(() => talk.bytes(0).length === 2 && talk.bytes(1).length === 2)
  expect(talk.socket.protocol).toBe('v4.channel.k8s.io')
  expect([talk.bytes(0).readUInt16LE(), talk.bytes(1).readUInt16LE()]).toEqual([80, 80])
  talk.send(0, 'there and back')
  await talk.until(() => talk.text(0).endsWith('back'))
  talk.socket.close()
})

test('a refused port is told on its error channel', async () => {
  const {open} = await gateway()
  const talk = open('portforward?ports=9', ['v4.channel.k8s.io'])
  await talk.closed
  expect(talk.bytes(1).subarray(2).toString()).toBe('error forwarding port 9: connection refused')
})

test('the tunnel carries several connections at once, each to its own end', async () => {
  const client = await tunnel()
  const first = await client.forward(80)
  const second = await client.forward(80)
  first.data.send('one', false)
  second.data.send('two', true)
  await client.until(() => second.data.isEnded)
  expect([second.data.text, second.error.text, second.error.isEnded]).toEqual(['two', '', true])
  expect([first.data.text, first.data.isEnded]).toEqual(['one', false])
  first.data.send(' more', true)
  await client.until(() => first.data.isEnded)
  expect(first.data.text).toBe('one more')
})

test('in the tunnel a refusal comes on the error stream, and the tunnel lives on', async () => {
  const client = await tunnel()
  const refused = await client.forward(9)
  await client.until(() => refused.error.isEnded)
  expect(refused.error.text).toBe('error forwarding port 9: connection refused')
  const next = await client.forward(80)
  next.data.send('still here', true)
  await client.until(() => next.data.isEnded)
  expect(next.data.text).toBe('still here')
})

test('a ping is answered with itself', async () => {
  const client = await tunnel()
  client.ping(7)
  await client.until(() => client.pings.includes(7))
})

test('megabytes pass through the tunnel', async () => {
  const client = await tunnel()
  const {data} = await client.forward(80)
  const piece = 'y'.repeat(200_000)
  for (let count = 0; count < 10; count++) data.send(piece, count === 9)
  await client.until(() => data.isEnded)
  expect(data.text.length).toBe(2_000_000)
})
