import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listOf, readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import {createKindTable} from '../../../../src/lib/sandbox/apiserver/kinds/table.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {configMaps} from '../../../../src/lib/sandbox/resources.ts'
import {call, type OpenWatch, watch} from '../../../conformance/client.ts'
import {send, testOptions} from './fixture.ts'

/** What clients that know nothing of each other rely on. */
let server: ApiServer
const path = '/api/v1/namespaces/default/configmaps'
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const ask = (method: string, where: string, body?: unknown) => send(server.url, method, where, body)

beforeAll(async () => {
  server = createApiServer(await testOptions({kinds: createKindTable({serviceRange: '10.96.0.0/24'})}))
  await server.listen()
  await ask('POST', '/api/v1/namespaces', {metadata: {name: 'default'}})
})
afterAll(() => server.close())

const create = (name: string) => ask('POST', path, {metadata: {name}, data: {n: '0'}})
const versionNow = async () => String(readPath((await ask('GET', path)).json, 'metadata.resourceVersion'))
const watchFrom = (version: string) => watch(server.url, `${path}?watch=1&resourceVersion=${version}`)
const eventsOf = async ({lines}: OpenWatch, count: number): Promise<string[]> => {
  await expect.poll(() => lines.length).toBeGreaterThanOrEqual(count)
  return lines.map(line => `${readPath(line, 'type')} ${readPath(line, 'object.metadata.name')}`)
}
const versionOf = (line: unknown) => String(readPath(line, 'object.metadata.resourceVersion'))

describe('a watch', () => {
  it('whose connection dropped goes on from its last event, without loss or repetition', async () => {
    const first = await watchFrom(await versionNow())
    await create('one')
    expect(await eventsOf(first, 1)).toEqual(['ADDED one'])
    first.close()
    await create('two')
    await ask('DELETE', `${path}/one`)
    const second = await watchFrom(versionOf(first.lines.at(-1)))
    await create('three')
    expect(await eventsOf(second, 3)).toEqual(['ADDED two', 'DELETED one', 'ADDED three'])
    second.close()
  })

  it('from a version that is forgotten is told 410 Expired, and a list begins anew', async () => {
    await create('busy')
    const old = await versionNow()
    // What is remembered is bounded by its size: some megabytes of JSON push the rest out.
    const large = 'x'.repeat(100_000)
    for (let n = 1; n <= 120; n++) {
      server.registry.modify(configMaps, 'default', 'busy', draft => {
        draft.data = {n: String(n), large}
      })
    }
    const late = await watchFrom(old)
    await expect.poll(() => late.lines.length).toBe(1)
    expect(late.lines[0]).toMatchObject({type: 'ERROR', object: {code: 410, reason: 'Expired'}})
    const fresh = await watchFrom(await versionNow())
    await ask('DELETE', `${path}/busy`)
    expect(await eventsOf(fresh, 1)).toEqual(['DELETED busy'])
    fresh.close()
  })
})

describe('writers of one object', () => {
  it('that read the same version race: one writes, the others get 409 and lose nothing', async () => {
    const {json} = await create('raced')
    const replies = await Promise.all(
      ['a', 'b', 'c', 'd'].map(n => ask('PUT', `${path}/raced`, {...Object(json), data: {n}})),
    )
    expect(replies.map(({status}) => status).sort()).toEqual([200, 409, 409, 409])
    const winner = replies.find(({status}) => status === 200)
    expect((await ask('GET', `${path}/raced`)).json).toEqual(winner?.json)
    expect(readPath(replies.find(({status}) => status === 409)?.json, 'message')).toContain(
      'the object has been modified; please apply your changes to the latest version and try again',
    )
  })

  it('that patch without a version all get through', async () => {
    await create('merged')
    const patches = [...'abcdefgh'].map(key =>
      call(server.url, 'PATCH', `${path}/merged`, {
        type: 'application/merge-patch+json',
        body: {data: {[key]: '1'}},
      }),
    )
    expect((await Promise.all(patches)).every(({status}) => status === 200)).toBe(true)
    const data = readPath((await ask('GET', `${path}/merged`)).json, 'data')
    expect(Object.keys(Object(data)).sort()).toEqual([...'abcdefghn'])
  })

  it('that want an expired Lease: exactly one takes it over', async () => {
    const {json} = await ask('POST', leases, {
      metadata: {name: 'leader'},
      spec: {holderIdentity: 'gone', leaseTransitions: 0, renewTime: '2020-01-01T00:00:00.000000Z'},
    })
    const take = (holderIdentity: string) =>
      ask('PUT', `${leases}/leader`, {...Object(json), spec: {holderIdentity, leaseTransitions: 1}})
    const replies = await Promise.all(['one', 'two', 'three'].map(take))
    expect(replies.map(({status}) => status).sort()).toEqual([200, 409, 409])
    const holder = readPath((await ask('GET', `${leases}/leader`)).json, 'spec.holderIdentity')
    expect(holder).toBe(readPath(replies.find(({status}) => status === 200)?.json, 'spec.holderIdentity'))
  })
})

describe('three managers that apply one object', () => {
  const apply = (manager: string, data: Record<string, string>, more = '') =>
    call(server.url, 'PATCH', `${path}/shared?fieldManager=${manager}${more}`, {
      type: 'application/apply-patch+yaml',
      body: {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'shared'}, data},
    })
  const data = async () => readPath((await ask('GET', `${path}/shared`)).json, 'data')
  const managers = async () =>
    listOf(readPath((await ask('GET', `${path}/shared`)).json, 'metadata.managedFields')).map(
      it =>
        `${readPath(it, 'manager')} ${Object.keys(Object(readPath(it, 'fieldsV1.f:data')))
          .sort()
          .join()}`,
    )

  it('share equal fields, are told of conflicts, take by force, and drop only what nobody else has', async () => {
    await apply('one', {a: '1', shared: 's'})
    await apply('two', {b: '2', shared: 's'})
    await apply('three', {c: '3'})
    expect(await data()).toEqual({a: '1', b: '2', c: '3', shared: 's'})
    const refused = await apply('three', {c: '3', shared: 'other'})
    expect(refused.status).toBe(409)
    expect(readPath(refused.body, 'message')).toMatch(/conflicts with "one"[\s\S]*conflicts with "two"/)
    await apply('one', {a: '1'})
    expect(await data()).toMatchObject({shared: 's'})
    expect((await apply('three', {c: '3', shared: 'mine'}, '&force=true')).status).toBe(200)
    expect(await managers()).toEqual(['one f:a', 'three f:c,f:shared', 'two f:b'])
    await apply('three', {c: '3'})
    expect(await data()).toEqual({a: '1', b: '2', c: '3'})
  })
})
