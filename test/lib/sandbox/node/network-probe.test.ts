import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import type {Container} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {checker} from '../../../../src/lib/sandbox/node/probes/check.ts'
import {podOf} from './records.ts'

const server = createServer((request, response) => {
  if (request.url === '/slow') return
  const codes: Record<string, number> = {'/ok': 204, '/moved': 302}
  response.writeHead(codes[request.url ?? ''] ?? 503)
  response.end(request.headers['x-given'])
})
let port = 0
const look = checker({execSync: () => Promise.reject(new Error('not here'))})

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const container = (): Container => ({name: 'c', ports: [{name: 'web', containerPort: port}]})
const target = () => ({pod: podOf(), container: container(), containerId: 'id', ip: '127.0.0.1'})
const get = (path: string) => look(target(), {httpGet: {path, port: 'web'}, timeoutSeconds: 1})

test('any answer below 400 is healthy', async () => {
  expect(await get('/ok')).toEqual({isHealthy: true, output: ''})
  expect(await get('/moved')).toEqual({isHealthy: true, output: ''})
  expect(await get('/bad')).toEqual({isHealthy: false, output: 'HTTP probe failed with statuscode: 503'})
})

test('failures are worded as kubelets word them', async () => {
  expect((await get('/slow')).output).toBe(
    `Get "http://127.0.0.1:${port}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  )
  const closed = await look(target(), {tcpSocket: {port: 1}})
  expect(closed).toEqual({isHealthy: false, output: 'dial tcp 127.0.0.1:1: connect: connection refused'})
  const refused = await look(target(), {httpGet: {port: 1, scheme: 'HTTPS'}})
  expect(refused.output).toBe('Get "https://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused')
  expect((await look(target(), {exec: {command: ['x']}})).output).toBe('not here')
})

test('an open port is healthy', async () => {
  expect((await look(target(), {tcpSocket: {port: 'web'}})).isHealthy).toBe(true)
})

test('a gRPC probe tells an absent server from an unhealthy one', async () => {
  const answer = await look(target(), {grpc: {port: 1}, timeoutSeconds: 1})
  expect(answer.isHealthy).toBe(false)
  expect(answer.output).toMatch(/connect|ECONNREFUSED|No connection/i)
})
