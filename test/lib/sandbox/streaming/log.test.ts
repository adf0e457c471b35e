import {afterEach, expect, test} from 'vitest'
import type {LogRequest} from '../../../../src/lib/sandbox/ports.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {startGateway} from './gateway.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function gateway(logs: (request: LogRequest) => AsyncIterable<Buffer>) {
  const found = await startGateway({logs: (_pod, request) => logs(request)})
  stops.push(found.stop)
  return found
}

test('a log is plain text, chosen by the query', async () => {
  const asked: LogRequest[] = []
  const {url} = await gateway(async function* (request) {
    asked.push(request)
    yield Buffer.from('one\n')
    yield Buffer.from('two\n')
  })
  const query = 'container=b&tailLines=5&timestamps=true&sinceSeconds=9&limitBytes=100&previous=1'
  const response = await fetch(url(`log?${query}`))
  expect(response.headers.get('content-type')).toBe('text/plain')
  expect(await response.text()).toBe('one\ntwo\n')
  expect(asked[0]).toMatchObject({
    container: 'b',
    tailLines: 5,
    timestamps: true,
    sinceSeconds: 9,
    limitBytes: 100,
    previous: true,
    follow: false,
  })
})

test('a followed log is sent as it comes', async () => {
  const {promise, resolve} = Promise.withResolvers<void>()
  const {url} = await gateway(async function* () {
    yield Buffer.from('first\n')
    await promise
    yield Buffer.from('second\n')
  })
  const response = await fetch(url('log?container=a&follow=true'))
  const reader = response.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first\n')
  resolve()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second\n')
})

test('a client that goes away ends the reading', async () => {
  const {promise, resolve} = Promise.withResolvers<void>()
  const {url} = await gateway(async function* () {
    try {
      for (;;) {
        yield Buffer.alloc(65_536, 'x')
        await new Promise(each => setImmediate(each))
      }
    } finally {
      resolve()
    }
  })
  const abort = new AbortController()
  const response = await fetch(url('log?container=a&follow=true'), {signal: abort.signal})
  await response.body?.getReader().read()
  abort.abort()
  await promise
})

test('what cannot be given is a Status', async () => {
  const {url} = await gateway(() => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new StatusError(400, 'BadRequest', 'is waiting')),
    }),
  }))
  const refused = await fetch(url('log?container=a'))
  expect([refused.status, await refused.json()]).toMatchObject([400, {message: 'is waiting', kind: 'Status'}])
  const invalid = await fetch(url('log?container=a&tailLines=-1'))
  expect([invalid.status, await invalid.json()]).toMatchObject([
    422,
    {
      details: {
        causes: [{field: 'tailLines', message: 'Invalid value: -1: must be greater than or equal to 0'}],
      },
    },
  ])
})
