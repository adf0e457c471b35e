import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listOf, readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import {createKindTable} from '../../../../src/lib/sandbox/apiserver/kinds/table.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {events} from '../../../../src/lib/sandbox/resources.ts'
import {type Reply, send, testOptions} from './fixture.ts'

let server: ApiServer
const path = '/api/v1/namespaces/default/configmaps'
const ask = (method: string, where: string, body?: unknown) => send(server.url, method, where, body)
const names = (reply: Reply) => listOf(readPath(reply.json, 'items')).map(it => readPath(it, 'metadata.name'))

beforeAll(async () => {
  server = createApiServer(await testOptions({kinds: createKindTable({serviceRange: '10.96.0.0/24'})}))
  await server.listen()
  await ask('POST', '/api/v1/namespaces', {metadata: {name: 'default'}})
})
afterAll(() => server.close())

describe('a list', () => {
  it('of an exact version shows what was there then, whatever happened since', async () => {
    for (const name of ['a', 'b', 'c']) await ask('POST', path, {metadata: {name}, data: {x: '1'}})
    const version = String(readPath((await ask('GET', path)).json, 'metadata.resourceVersion'))
    await ask('DELETE', `${path}/a`)
    await ask('POST', path, {metadata: {name: 'aa'}})
    const exact = await ask('GET', `${path}?resourceVersion=${version}&resourceVersionMatch=Exact`)
    expect(names(exact)).toEqual(['a', 'b', 'c'])
    expect(readPath(exact.json, 'metadata.resourceVersion')).toBe(version)
    expect(names(await ask('GET', path))).toEqual(['aa', 'b', 'c'])
  })

  it('in pages shows one moment although objects come and go between the pages', async () => {
    const first = await ask('GET', `${path}?limit=1`)
    await ask('DELETE', `${path}/b`)
    await ask('POST', path, {metadata: {name: 'z'}})
    const token = readPath(first.json, 'metadata.continue')
    expect(names(await ask('GET', `${path}?limit=9&continue=${token}`))).toEqual(['b', 'c'])
  })

  it('of a version that is still to come is refused for now', async () => {
    const reply = await ask('GET', `${path}?resourceVersion=999999`)
    expect(reply.status).toBe(504)
    expect(readPath(reply.json, 'message')).toContain('Too large resource version: 999999')
  })

  it('refuses a match without a version', async () => {
    const reply = await ask('GET', `${path}?resourceVersionMatch=Exact`)
    expect(reply.status).toBe(422)
  })
})

describe('an object whose text names a field twice', () => {
  const text = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'

  it('is refused when validation is strict', async () => {
    const reply = await ask('POST', `${path}?fieldValidation=Strict`, text)
    expect(reply.status).toBe(400)
    expect(readPath(reply.json, 'message')).toContain('strict decoding error: duplicate field "data.a"')
  })

  it('is stored with a warning otherwise', async () => {
    const reply = await ask('POST', path, text)
    expect(reply.status).toBe(201)
    expect(reply.headers['warning']).toContain('duplicate field \\"data.a\\"')
  })
})

describe('events of both groups', () => {
  const newer = '/apis/events.k8s.io/v1/namespaces/default/events'
  const core = '/api/v1/namespaces/default/events'
  const event = {
    metadata: {name: 'e'},
    eventTime: '2026-01-02T03:04:05.000000Z',
    reportingController: 'tester',
    reportingInstance: 'one',
    action: 'Testing',
    reason: 'Tested',
    type: 'Normal',
    note: 'all is well',
    regarding: {kind: 'Pod', name: 'p', namespace: 'default'},
  }

  it('are the same objects in different words', async () => {
    expect((await ask('POST', newer, event)).json).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'all is well',
    })
    const seen = await ask('GET', `${core}/e`)
    expect(seen.json).toMatchObject({
      apiVersion: 'v1',
      message: 'all is well',
      involvedObject: {name: 'p'},
      reportingComponent: 'tester',
    })
    expect(server.registry.list(events)).toHaveLength(1)
    expect(names(await ask('GET', `${newer}?fieldSelector=regarding.name=p`))).toEqual(['e'])
    expect(names(await ask('GET', `${newer}?fieldSelector=regarding.name=q`))).toEqual([])
  })

  it('are refused without the time and the reporter that the newer group wants', async () => {
    const {eventTime: _, ...untimed} = event
    expect((await ask('POST', newer, {...untimed, metadata: {name: 'f'}})).status).toBe(422)
  })

  it('go for both when deleted by one', async () => {
    await ask('DELETE', `${newer}/e`)
    expect((await ask('GET', `${core}/e`)).status).toBe(404)
  })
})

it('the older OpenAPI document names every kind, as JSON and as protobuf', async () => {
  const json = (await ask('GET', '/openapi/v2')).json
  expect(Object.keys(Object(readPath(json, 'definitions')))).toContain('io.k8s.core.v1.Pod')
  const accept = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
  const binary = await send(server.url, 'GET', '/openapi/v2', undefined, {accept})
  expect(binary.headers['content-type']).toBe(accept)
  expect(binary.body).toContain('io.k8s.core.v1.Pod')
})
