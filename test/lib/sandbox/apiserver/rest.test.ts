import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {send, testOptions} from './fixture.ts'

let server: ApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'

beforeAll(async () => {
  server = createApiServer(await testOptions())
  await server.listen()
  await send(server.url, 'POST', '/api/v1/namespaces', {metadata: {name: 'default'}})
})
afterAll(() => server.close())

const call = (method: string, path: string, body?: unknown, how = {}) =>
  send(server.url, method, path, body, how)

describe('requests for objects', () => {
  it('a body without Content-Type, kind and apiVersion is taken for what the path names', async () => {
    const reply = await call('POST', configMaps, {metadata: {name: 'bare'}, data: {a: '1'}})
    expect(reply.status).toBe(201)
    expect(reply.json).toMatchObject({kind: 'ConfigMap', apiVersion: 'v1', metadata: {namespace: 'default'}})
  })

  it('a second object of the same name is a 409 AlreadyExists', async () => {
    await call('POST', configMaps, {metadata: {name: 'twice'}})
    const reply = await call('POST', configMaps, {metadata: {name: 'twice'}})
    expect(reply.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "twice" already exists',
      reason: 'AlreadyExists',
      details: {name: 'twice', kind: 'configmaps'},
      code: 409,
    })
  })

  it('a write that changes nothing keeps the resourceVersion', async () => {
    const made = await call('POST', configMaps, {metadata: {name: 'same'}, data: {a: '1'}})
    const again = await call('PUT', `${configMaps}/same`, made.json)
    expect(readPath(again.json, 'metadata.resourceVersion')).toBe(
      readPath(made.json, 'metadata.resourceVersion'),
    )
  })

  it('a resourceVersion in a patch is a precondition', async () => {
    await call('POST', configMaps, {metadata: {name: 'lock'}})
    const patch = {metadata: {resourceVersion: '1', annotations: {leader: 'a'}}}
    const type = 'application/strategic-merge-patch+json'
    const reply = await call('PATCH', `${configMaps}/lock`, patch, {type})
    expect(reply.status).toBe(409)
    const resourceVersion = readPath(
      (await call('GET', `${configMaps}/lock`)).json,
      'metadata.resourceVersion',
    )
    const right = {metadata: {resourceVersion, annotations: {leader: 'a'}}}
    expect((await call('PATCH', `${configMaps}/lock`, right, {type})).status).toBe(200)
  })

  it('an unknown field is dropped with a warning, or refused when validation is strict', async () => {
    const body = {metadata: {name: 'odd'}, bogus: 1}
    const warned = await call('POST', configMaps, body)
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"bogus\\""')
    expect(warned.json).not.toHaveProperty('bogus')
    const strict = await call('POST', `${configMaps}?fieldValidation=Strict`, body)
    expect(strict.status).toBe(400)
  })

  it('a list leaves kind and apiVersion of its items to itself', async () => {
    const reply = await call('GET', configMaps)
    expect(reply.json).toMatchObject({kind: 'ConfigMapList', apiVersion: 'v1'})
    expect(readPath(reply.json, 'items')).toSatisfy((items: object[]) =>
      items.every(item => !('kind' in item)),
    )
  })

  it('a path that nothing is served under is plain text', async () => {
    const reply = await call('GET', '/apis/nope.example.com/v1')
    expect([reply.status, reply.body]).toEqual([404, '404 page not found\n'])
  })
})
