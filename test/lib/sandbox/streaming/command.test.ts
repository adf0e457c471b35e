import {text} from 'node:stream/consumers'
import {afterEach, expect, test} from 'vitest'
import type {ExecRequest} from '../../../../src/lib/sandbox/ports.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {startGateway} from './gateway.ts'

const v5 = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function gateway(exec: (request: ExecRequest) => Promise<number>) {
  const found = await startGateway({exec: (_pod, request) => exec(request)})
  stops.push(found.stop)
  return found
}

test('outputs come on their channels, and success is told last', async () => {
  const {open} = await gateway(async ({stdout, stderr, command, container}) => {
    stdout?.write(`${container}: ${command.join(' ')}`)
    stderr?.write('oops')
    return 0
  })
  const talk = open('exec?container=b&command=echo&command=x&stdout=1&stderr=true', v5)
  expect(await talk.closed).toBe(1000)
  expect(talk.socket.protocol).toBe('v5.channel.k8s.io')
  expect([talk.text(1), talk.text(2)]).toEqual(['b: echo x', 'oops'])
  expect(JSON.parse(talk.text(3))).toEqual({metadata: {}, status: 'Success'})
})

test('an exit code other than 0 is told as its cause', async () => {
  const {open} = await gateway(async () => 42)
  const talk = open('exec?container=a&command=sh&command=-c&stdout=1', v5)
  await talk.closed
  expect(JSON.parse(talk.text(3))).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: 'command terminated with non-zero exit code: error executing command [sh -c], exit code 42',
    details: {causes: [{reason: 'ExitCode', message: '42'}]},
  })
})

test('a failure to start is told as a Status', async () => {
  const {open} = await gateway(async () => {
    throw new StatusError(500, 'InternalError', 'no such program')
  })
  const talk = open('exec?container=a&command=x&stdout=1', v5)
  await talk.closed
  expect(JSON.parse(talk.text(3))).toMatchObject({status: 'Failure', message: 'no such program', code: 500})
})

test('v5 ends the input alone, so that a command can answer at its end', async () => {
  const {open} = await gateway(async ({stdin, stdout}) => {
    const heard = stdin ? await text(stdin) : 'nothing'
    stdout?.write(`heard ${heard}`)
    return 0
  })
  const talk = open('exec?container=a&command=cat&stdin=1&stdout=1', v5)
  await talk.opened
  talk.send(0, 'one ')
  talk.send(0, 'two')
  talk.send(255, Buffer.from([0]))
  await talk.closed
  expect(talk.text(1)).toBe('heard one two')
})

test('with v4 the input ends with the connection, and the command goes on', async () => {
  const {promise, resolve} = Promise.withResolvers<{heard: string; isAborted: boolean}>()
  const {open} = await gateway(async ({stdin, signal}) => {
    const heard = stdin ? await text(stdin) : ''
    resolve({heard, isAborted: signal.aborted})
    return 0
  })
  const talk = open('exec?container=a&command=cat&stdin=1&stdout=1', ['v4.channel.k8s.io'])
  await talk.opened
  talk.send(0, 'last words')
  talk.socket.close()
  expect(await promise).toEqual({heard: 'last words', isAborted: false})
})

test('a terminal hands on its sizes and dies with its client', async () => {
  const {promise, resolve} = Promise.withResolvers<unknown>()
  const {open} = await gateway(async ({resize, signal, tty, stderr}) => {
    const sizes: unknown[] = []
    for await (const size of resize ?? []) sizes.push(size)
    resolve({sizes, tty, hasErrors: stderr !== undefined, isAborted: signal.aborted})
    return 137
  })
  const talk = open('exec?container=a&command=sh&stdin=1&stdout=1&stderr=1&tty=1', v5)
  await talk.opened
  talk.send(4, '{"Width":80,"Height":24}\n')
  talk.send(4, '{"Width":100,"Height":30}{"Width":1,"Height":2}')
  talk.socket.close()
  expect(await promise).toEqual({
    sizes: [
      {width: 80, height: 24},
      {width: 100, height: 30},
      {width: 1, height: 2},
    ],
    tty: true,
    hasErrors: false,
    isAborted: true,
  })
})

test('megabytes pass both ways unharmed while the other side is slow', async () => {
  const {open} = await gateway(async ({stdin, stdout}) => {
    for await (const piece of stdin ?? []) {
      await new Promise(resolve => setImmediate(resolve))
      if (!stdout?.write(piece)) await new Promise(resolve => stdout?.once('drain', resolve))
    }
    return 0
  })
  const talk = open('exec?container=a&command=cat&stdin=1&stdout=1', v5)
  await talk.opened
  const piece = Buffer.alloc(256 * 1024, 'x')
  for (let count = 0; count < 20; count++) talk.send(0, piece)
  talk.send(255, Buffer.from([0]))
  await talk.closed
  expect(talk.bytes(1).length).toBe(20 * piece.length)
})

test('attaching ends with success whatever the container’s code', async () => {
  const found = await startGateway({
    attach: async (_pod, {stdout}) => {
      stdout?.write('hello')
      return 3
    },
  })
  stops.push(found.stop)
  const talk = found.open('attach?container=a&stdout=1', v5)
  await talk.closed
  expect([talk.text(1), JSON.parse(talk.text(3)).status]).toEqual(['hello', 'Success'])
})

test('a handshake that asks for the impossible is refused with a reason', async () => {
  const {url} = await gateway(async () => 0)
  const refusal = async (rest: string, headers: Record<string, string>) => {
    const {get} = await import('node:http')
    return new Promise<string>((resolve, reject) => {
      const request = get(url(rest), {headers: {connection: 'upgrade', ...headers}}, async response =>
        resolve(`${response.statusCode} ${await text(response)}`),
      )
      request.on('error', reject)
    })
  }
  const websocket = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  expect(await refusal('exec?container=a&command=x&stdout=1', {upgrade: 'SPDY/3.1'})).toMatch(
    /^400 unable to upgrade: this server speaks WebSockets, not spdy\/3\.1/,
  )
  expect(
    await refusal('exec?container=a&command=x&stdout=1', {...websocket, 'sec-websocket-protocol': 'v9'}),
  ).toMatch(/^403 .*unable to negotiate protocol/)
  expect(await refusal('exec?container=a&command=x', websocket)).toMatch(
    /^400 you must specify at least 1 of/,
  )
  expect(await refusal('exec?container=a&stdout=1', websocket)).toMatch(/at least one command/)
  expect(await refusal('exec?command=x&stdout=1', websocket)).toMatch(
    /a container name must be specified for pod web, choose one of: \[a b\]/,
  )
  expect(await refusal('exec?container=c&command=x&stdout=1', websocket)).toMatch(
    /container c is not valid for pod web/,
  )
})
