import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import {createKindTable} from '../../../../src/lib/sandbox/apiserver/kinds/table.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {systemClock} from '../../../../src/lib/sandbox/controllers/clock.ts'
import {startResourceQuotas} from '../../../../src/lib/sandbox/controllers/quotas/controller.ts'
import {pods} from '../../../../src/lib/sandbox/resources.ts'
import {send, testOptions} from './fixture.ts'

let server: ApiServer
let stop = (): void => undefined
let namespace = ''
let round = 0
const path = (plural: string): string => `/api/v1/namespaces/${namespace}/${plural}`
const ask = (method: string, where: string, body?: unknown) => send(server.url, method, where, body)

beforeAll(async () => {
  server = createApiServer(await testOptions({kinds: createKindTable({serviceRange: '10.96.0.0/24'})}))
  await server.listen()
  stop = startResourceQuotas({
    registry: server.registry,
    clock: systemClock,
    recorder: () => ({event: () => undefined}),
    onError: (_controller, _key, error) => expect.fail(String(error)),
  })
})
afterAll(async () => {
  stop()
  await server.close()
})
beforeEach(async () => {
  namespace = `quota-${++round}`
  await ask('POST', '/api/v1/namespaces', {metadata: {name: namespace}})
  await ask('POST', path('serviceaccounts'), {metadata: {name: 'default'}})
})

const limit = (spec: object) => ask('POST', path('resourcequotas'), {metadata: {name: 'q'}, spec})
const pod = (name: string, requests: object = {}, more: object = {}) =>
  ask('POST', path('pods'), {
    metadata: {name},
    spec: {containers: [{name: 'main', image: 'i:1', resources: {requests, ...more}}]},
  })
const message = async (reply: ReturnType<typeof ask>) => {
  const {status, json} = await reply
  return `${status} ${readPath(json, 'message') ?? ''}`
}
const used = async () => readPath((await ask('GET', `${path('resourcequotas')}/q`)).json, 'status.used')

describe('a quota', () => {
  it('refuses what it has no room for, counts what is there, and forgets what is gone', async () => {
    await limit({hard: {pods: '2', 'count/configmaps': '1'}})
    expect((await pod('one')).status).toBe(201)
    expect((await pod('two')).status).toBe(201)
    expect(await message(pod('three'))).toBe(
      '403 pods "three" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    )
    await expect.poll(used).toEqual({pods: '2', 'count/configmaps': '0'})
    await ask('DELETE', `${path('pods')}/one?gracePeriodSeconds=0`)
    expect((await pod('three')).status).toBe(201)
    expect((await ask('POST', path('configmaps'), {metadata: {name: 'a'}})).status).toBe(201)
    expect(await message(ask('POST', path('configmaps'), {metadata: {name: 'b'}}))).toContain(
      'exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    )
    await expect.poll(used).toEqual({pods: '2', 'count/configmaps': '1'})
  })

  it('adds up what containers request and may use', async () => {
    await limit({hard: {'requests.cpu': '1', 'limits.memory': '1Gi'}})
    const half = {requests: {cpu: '500m'}, limits: {memory: '512Mi'}}
    expect((await pod('one', half.requests, {limits: half.limits})).status).toBe(201)
    expect(await message(pod('two', {cpu: '600m'}, {limits: {memory: '1Gi'}}))).toContain(
      'exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=600m, ' +
        'used: limits.memory=512Mi,requests.cpu=500m, limited: limits.memory=1Gi,requests.cpu=1',
    )
    await expect.poll(used).toEqual({'requests.cpu': '500m', 'limits.memory': '512Mi'})
  })

  it('wants every container to say what it takes of a limited resource', async () => {
    await limit({hard: {'limits.memory': '1Gi', cpu: '1'}})
    expect(await message(pod('silent'))).toBe(
      '403 pods "silent" is forbidden: failed quota: q: must specify cpu for: main; limits.memory for: main',
    )
  })

  it('takes no account of pods that have finished', async () => {
    await limit({hard: {pods: '1'}})
    await pod('done')
    server.registry.modify(
      pods,
      namespace,
      'done',
      draft => void Object.assign(draft, {status: {phase: 'Succeeded'}}),
      'status',
    )
    expect((await pod('next')).status).toBe(201)
  })

  it('holds claims to the storage that is left', async () => {
    await limit({hard: {'requests.storage': '3Gi', persistentvolumeclaims: '5'}})
    const claim = (storage: string) => ({
      metadata: {name: 'c'},
      spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage}}},
    })
    expect((await ask('POST', path('persistentvolumeclaims'), claim('2Gi'))).status).toBe(201)
    const other = {...claim('2Gi'), metadata: {name: 'd'}}
    expect(await message(ask('POST', path('persistentvolumeclaims'), other))).toContain(
      'exceeded quota: q, requested: requests.storage=2Gi, used: requests.storage=2Gi, limited: requests.storage=3Gi',
    )
    await expect.poll(used).toEqual({'requests.storage': '2Gi', persistentvolumeclaims: '1'})
  })

  it('with scopes counts only the pods in them', async () => {
    await limit({hard: {pods: '0'}, scopes: ['BestEffort']})
    expect(await message(pod('best'))).toContain('exceeded quota: q, requested: pods=1')
    expect((await pod('burst', {cpu: '1m'})).status).toBe(201)
    await expect.poll(used).toEqual({pods: '0'})
  })
})
