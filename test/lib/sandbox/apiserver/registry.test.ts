import {beforeEach, describe, expect, it} from 'vitest'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import type {Registry} from '../../../../src/lib/sandbox/registry.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {configMaps, namespaces, pods} from '../../../../src/lib/sandbox/resources.ts'
import {testOptions} from './fixture.ts'

let server: ApiServer
let registry: Registry
const now = new Date('2026-01-01T00:00:00Z')

beforeEach(async () => {
  server = createApiServer(await testOptions({now: () => now}))
  registry = server.registry
  registry.create(namespaces, {metadata: {name: 'a'}})
})

const pod = (name: string, nodeName?: string) =>
  registry.create(pods, {
    metadata: {name, namespace: 'a'},
    spec: {containers: [{name: 'main', image: 'i'}], ...(nodeName === undefined ? {} : {nodeName})},
  })
const codeOf = (action: () => unknown): number => {
  try {
    action()
  } catch (error) {
    if (error instanceof StatusError) return error.code
    throw error
  }
  return 200
}

describe('creating', () => {
  it('gives identity and a generated name', () => {
    const made = registry.create(configMaps, {metadata: {generateName: 'x-', namespace: 'a'}})
    expect(made.metadata?.name).toMatch(/^x-[a-z0-9]{5}$/)
    expect(made.metadata).toMatchObject({creationTimestamp: '2026-01-01T00:00:00Z', uid: expect.any(String)})
  })

  it('needs a namespace that exists and stays', () => {
    const into = (namespace: string) => () => registry.create(configMaps, {metadata: {name: 'x', namespace}})
    expect(codeOf(into('nowhere'))).toBe(404)
    registry.delete(namespaces, undefined, 'a')
    expect(codeOf(into('a'))).toBe(403)
  })
})

describe('changing', () => {
  it('modify writes only when something differs', () => {
    registry.create(configMaps, {metadata: {name: 'x', namespace: 'a'}, data: {a: '1'}})
    const set = (value: string) =>
      registry.modify(configMaps, 'a', 'x', draft => {
        draft.data = {a: value}
      })
    const before = set('1')?.metadata?.resourceVersion
    expect(set('2')?.metadata?.resourceVersion).not.toBe(before)
    expect(registry.modify(configMaps, 'a', 'absent', () => {})).toBeUndefined()
  })

  it('an old resourceVersion is a conflict', () => {
    const old = registry.create(configMaps, {metadata: {name: 'x', namespace: 'a'}})
    registry.modify(configMaps, 'a', 'x', draft => {
      draft.data = {a: '1'}
    })
    expect(codeOf(() => registry.update(configMaps, {...old, data: {a: '2'}}))).toBe(409)
  })

  it('a status write leaves the rest alone, and the other way round', () => {
    pod('p')
    const change = (draft: {spec?: {nodeName?: string}}) => {
      Object.assign(draft, {status: {phase: 'Running'}})
      if (draft.spec) draft.spec.nodeName = 'n'
    }
    const status = registry.modify(pods, 'a', 'p', change, 'status')
    expect([status?.status?.phase, status?.spec?.nodeName]).toEqual(['Running', undefined])
    registry.modify(pods, 'a', 'p', draft => {
      Object.assign(draft, {status: {phase: 'Failed'}})
      if (draft.spec) draft.spec.nodeName = 'n'
    })
    const last = registry.get(pods, 'a', 'p')
    expect([last?.status?.phase, last?.spec?.nodeName]).toEqual(['Running', 'n'])
  })
})

describe('deleting', () => {
  it('a scheduled pod gets its grace period; grace 0 removes it', () => {
    pod('p', 'n')
    registry.delete(pods, 'a', 'p')
    expect(registry.get(pods, 'a', 'p')?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    })
    registry.delete(pods, 'a', 'p', {gracePeriodSeconds: 0})
    expect(registry.get(pods, 'a', 'p')).toBeUndefined()
  })

  it('a pod on no node goes at once', () => {
    pod('p')
    registry.delete(pods, 'a', 'p')
    expect(registry.get(pods, 'a', 'p')).toBeUndefined()
  })

  it('finalizers hold an object until the last is gone', () => {
    registry.create(configMaps, {metadata: {name: 'x', namespace: 'a', finalizers: ['example.com/hold']}})
    registry.delete(configMaps, 'a', 'x')
    expect(registry.get(configMaps, 'a', 'x')?.metadata?.deletionTimestamp).toBeDefined()
    registry.modify(configMaps, 'a', 'x', draft => {
      draft.metadata = {...draft.metadata, finalizers: []}
    })
    expect(registry.get(configMaps, 'a', 'x')).toBeUndefined()
  })

  it('foreground and orphan leave their finalizers for the garbage collector', () => {
    for (const [name, propagation] of [
      ['f', 'Foreground'],
      ['o', 'Orphan'],
    ] as const) {
      registry.create(configMaps, {metadata: {name, namespace: 'a'}})
      registry.delete(configMaps, 'a', name, {propagation})
    }
    const finalizers = registry.list(configMaps).map(it => it.metadata?.finalizers)
    expect(finalizers).toEqual([['foregroundDeletion'], ['orphan']])
  })

  it('a namespace stays, terminating, until its own finalizers are gone', () => {
    registry.delete(namespaces, undefined, 'a')
    expect(registry.get(namespaces, undefined, 'a')?.status?.phase).toBe('Terminating')
    registry.modify(
      namespaces,
      undefined,
      'a',
      draft => {
        draft.spec = {finalizers: []}
      },
      'finalize',
    )
    expect(registry.get(namespaces, undefined, 'a')).toBeUndefined()
  })

  it('a uid precondition that does not match is a 409', () => {
    registry.create(configMaps, {metadata: {name: 'x', namespace: 'a'}})
    expect(codeOf(() => registry.delete(configMaps, 'a', 'x', {uid: 'other'}))).toBe(409)
  })
})

describe('watching in process', () => {
  it('gives the state before and after', async () => {
    const seen: unknown[] = []
    registry.watch(configMaps, ({type, object, previous}) => seen.push([type, object.data, previous?.data]))
    registry.create(configMaps, {metadata: {name: 'x', namespace: 'a'}, data: {a: '1'}})
    registry.modify(configMaps, 'a', 'x', draft => {
      draft.data = {a: '2'}
    })
    await Promise.resolve()
    expect(seen).toEqual([
      ['ADDED', {a: '1'}, undefined],
      ['MODIFIED', {a: '2'}, {a: '1'}],
    ])
  })
})
