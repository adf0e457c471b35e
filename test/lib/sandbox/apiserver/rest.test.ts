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

  it('a PUT of a custom object must say which version it replaces', async () => {
    const path = '/apis/example.com/v1beta1/namespaces/default/widgets'
    await call('POST', path, {metadata: {name: 'w'}, spec: {size: 1}})
    const reply = await call('PUT', `${path}/w`, {metadata: {name: 'w'}, spec: {size: 2}})
    expect(readPath(reply.json, 'message')).toBe(
      'Widget.example.com "w" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    )
  })

  it('scale reads and writes the replicas wherever the kind keeps them', async () => {
    const path = '/apis/example.com/v1beta1/namespaces/default/widgets'
    await call('POST', path, {metadata: {name: 'scaled'}, spec: {size: 1}})
    const patch = {spec: {replicas: 3}}
    const type = 'application/merge-patch+json'
    const reply = await call('PATCH', `${path}/scaled/scale`, patch, {type})
    expect(reply.json).toMatchObject({kind: 'Scale', spec: {replicas: 3}})
    expect(readPath((await call('GET', `${path}/scaled`)).json, 'spec.size')).toBe(3)
  })

  it('a Table has the columns of the kind and the metadata of each object', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const reply = await call('GET', `${configMaps}/same`, undefined, {accept})
    expect(reply.json).toMatchObject({
      kind: 'Table',
      rows: [{cells: ['same'], object: {kind: 'PartialObjectMetadata', metadata: {name: 'same'}}}],
    })
  })

  it('pages through a list without missing or repeating an object', async () => {
    const names: unknown[] = []
    for (let token = ''; ; ) {
      const {json} = await call('GET', `${configMaps}?limit=1&continue=${token}`)
      const items = readPath(json, 'items')
      if (Array.isArray(items)) names.push(...items.map(item => readPath(item, 'metadata.name')))
      const next = readPath(json, 'metadata.continue')
      if (typeof next !== 'string') break
      token = next
    }
    expect(names).toEqual([...new Set(names)].sort())
    expect(names).toContain('same')
  })

  it('a path that nothing is served under is plain text', async () => {
    const reply = await call('GET', '/apis/nope.example.com/v1')
    expect([reply.status, reply.body]).toEqual([404, '404 page not found\n'])
  })
})
