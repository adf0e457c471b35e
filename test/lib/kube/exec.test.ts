import http, {type IncomingMessage} from 'node:http'
import {afterEach, expect, test} from 'vitest'
import {type WebSocket, WebSocketServer} from 'ws'
import {createKube} from '../../../src/lib/kube/client.ts'
import {connectionTo} from '../../fakes/api-server.ts'
import {fakeClock} from '../../fakes/clock.ts'

type Serve = (socket: WebSocket, request: IncomingMessage) => void

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** An API server's exec endpoint: `refuse` answers the handshake, `serve` plays the container. */
async function containerThat(
  serve: Serve,
  refuse: (attempt: number) => [number, string] | undefined = () => undefined,
) {
  const created = http.createServer()
  server = created
  const sockets = new WebSocketServer({noServer: true, handleProtocols: () => 'v5.channel.k8s.io'})
  const requests: string[] = []
  created.on('upgrade', (request, socket, head) => {
    requests.push(request.url ?? '')
    const refusal = refuse(requests.length)
    if (refusal) {
      const [code, body] = refusal
      socket.end(`HTTP/1.1 ${code} No\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    } else sockets.handleUpgrade(request, socket, head, client => serve(client, request))
  })
  await new Promise<void>(resolve => created.listen(0, '127.0.0.1', resolve))
  const clock = fakeClock()
  return {kube: createKube(connectionTo(created), {clock}), requests, clock}
}

const say = (socket: WebSocket, channel: number, text: string) =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]))
const success = JSON.stringify({status: 'Success'})
const exitWith = (code: number) =>
  JSON.stringify({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: {causes: [{reason: 'ExitCode', message: String(code)}]},
  })
const target = {namespace: 'db', pod: 'hippo-pg-1-0', container: 'database', command: ['psql', '-c', 'a b&c']}

test('output sent in the very moment of opening is not lost, and the exit code is the command’s', async () => {
  const {kube, requests} = await containerThat(socket => {
    say(socket, 1, 'out')
    say(socket, 2, 'err')
    say(socket, 1, 'put')
    say(socket, 3, exitWith(3))
  })
  expect(await kube.exec(target)).toEqual({exitCode: 3, stdout: 'output', stderr: 'err'})
  const url = new URL(requests[0] ?? '', 'http://x')
  expect(url.searchParams.getAll('command')).toEqual(['psql', '-c', 'a b&c'])
  expect(url.searchParams.get('stdin')).toBe('false')
})

test('input arrives whole and ends, so that a command that reads to the end can finish', async () => {
  const {kube} = await containerThat(socket => {
    const received: Buffer[] = []
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) received.push(data.subarray(1))
      if (data[0] !== 255 || data[1] !== 0) return
      say(socket, 1, String(Buffer.concat(received).length))
      say(socket, 3, success)
    })
  })
  const stdin = 'ä'.repeat(150_000)
  expect(await kube.exec({...target, stdin})).toMatchObject({exitCode: 0, stdout: '300000'})
})

test('a character cut between two messages is put together again', async () => {
  const {kube} = await containerThat(socket => {
    const [first = 0, second = 0] = Buffer.from('ä')
    socket.send(Buffer.from([1, first]))
    socket.send(Buffer.from([1, second]))
    say(socket, 3, success)
  })
  expect((await kube.exec(target)).stdout).toBe('ä')
})

test('a container that is just restarting is entered once it is there', async () => {
  const {kube, requests, clock} = await containerThat(
    socket => say(socket, 3, success),
    attempt =>
      attempt < 3 ? [500, 'unable to upgrade connection: container not found ("database")'] : undefined,
  )
  expect(await kube.exec(target)).toMatchObject({exitCode: 0})
  expect(requests).toHaveLength(3)
  expect(clock.slept).toEqual([300, 600])
})

test('a refused exec says which right is missing', async () => {
  const message =
    'pods "x" is forbidden: User "jo" cannot create resource "pods/exec" in API group "" in the namespace "db"'
  const {kube} = await containerThat(
    () => undefined,
    () => [403, JSON.stringify({kind: 'Status', reason: 'Forbidden', message})],
  )
  await expect(kube.exec(target)).rejects.toMatchObject({
    exitCode: 4,
    message: 'you may not create pods/exec in namespace db',
  })
})

test('a socket that closes without a status never counts as success', async () => {
  const {kube} = await containerThat(socket => {
    say(socket, 1, 'half')
    socket.close()
  })
  await expect(kube.exec(target)).rejects.toMatchObject({code: 'PGK_EXEC_LOST'})
})

test('a command that cannot start is an error with the container’s reason', async () => {
  const {kube} = await containerThat(socket =>
    say(
      socket,
      3,
      JSON.stringify({status: 'Failure', reason: 'InternalError', message: 'no such file: psql'}),
    ),
  )
  await expect(kube.exec(target)).rejects.toMatchObject({
    code: 'PGK_EXEC_FAILED',
    reason: 'no such file: psql',
  })
})

test('a command that does not end in time is left with an error of the timeout’s exit code', async () => {
  const {kube} = await containerThat(socket => say(socket, 1, 'working'))
  await expect(kube.exec({...target, timeoutSeconds: 0.05})).rejects.toMatchObject({
    code: 'PGK_EXEC_TIMEOUT',
    exitCode: 7,
  })
})
