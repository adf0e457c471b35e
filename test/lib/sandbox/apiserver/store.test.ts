import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {noDatabase, SqliteDatabase} from '../../../../src/lib/sandbox/apiserver/storage/database.ts'
import {Store} from '../../../../src/lib/sandbox/apiserver/storage/store.ts'

const fail = (error: unknown) => {
  throw error
}
const object = (name: string, data?: string) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: {name, namespace: 'a'},
  ...(data === undefined ? {} : {data: {data}}),
})

describe('objects in memory', () => {
  it('are numbered by one growing version over all kinds', () => {
    const store = new Store(noDatabase, fail)
    const versions = [store.put('/configmaps', object('x')), store.put('/secrets', object('x'))].map(stored =>
      Number(stored.metadata?.resourceVersion),
    )
    expect(versions[1]).toBe((versions[0] ?? 0) + 1)
  })

  it('are frozen, so that nobody can change what others read', () => {
    const stored = new Store(noDatabase, fail).put('/configmaps', object('x', '1'))
    expect(() => Object.assign(stored.metadata ?? {}, {name: 'y'})).toThrow(TypeError)
  })

  it('are listed by namespace and name', () => {
    const store = new Store(noDatabase, fail)
    for (const name of ['c', 'a', 'b']) store.put('/configmaps', object(name))
    expect(store.list('/configmaps', 'a').map(it => it.metadata?.name)).toEqual(['a', 'b', 'c'])
    expect(store.list('/configmaps', 'b')).toEqual([])
  })
})

describe('the change log', () => {
  it('gives the changes after a version, and undefined once they are forgotten', () => {
    const store = new Store(noDatabase, fail, {changes: 4, characters: 1_000_000})
    const start = store.version
    store.put('/configmaps', object('x'))
    expect(store.since(start, '/configmaps')?.map(change => change.type)).toEqual(['ADDED'])
    for (let index = 0; index < 10; index++) store.put('/configmaps', object('x', String(index)))
    expect(store.since(start, '/configmaps')).toBeUndefined()
    expect(store.since(store.version, '/configmaps')).toEqual([])
  })

  it('tells listeners in order, later, and only of what came after they did', async () => {
    const store = new Store(noDatabase, fail)
    store.put('/configmaps', object('before'))
    const seen: string[] = []
    store.subscribe('/configmaps', ({type, object: it}) => seen.push(`${type} ${it.metadata?.name}`))
    store.put('/configmaps', object('x'))
    store.remove('/configmaps', 'a', 'x')
    expect(seen).toEqual([])
    await Promise.resolve()
    expect(seen).toEqual(['ADDED x', 'DELETED x'])
  })

  it('a listener that throws costs no other listener its change', async () => {
    const errors: unknown[] = []
    const store = new Store(noDatabase, error => errors.push(error))
    const seen: string[] = []
    store.subscribe(undefined, () => fail(new Error('mine')))
    store.subscribe(undefined, ({type}) => seen.push(type))
    store.put('/configmaps', object('x'))
    await Promise.resolve()
    expect([errors.length, seen]).toEqual([1, ['ADDED']])
  })
})

describe('objects on disk', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'))
  })
  afterEach(() => rmSync(folder, {recursive: true}))

  it('are all there for the next process, even when this one never closed', () => {
    const path = join(folder, 'state.db')
    const first = new Store(new SqliteDatabase(path), fail)
    first.put('/configmaps', object('kept', '1'))
    first.put('/configmaps', object('gone'))
    first.remove('/configmaps', 'a', 'gone')
    const second = new Store(new SqliteDatabase(path), fail)
    expect(second.list('/configmaps')).toEqual(first.list('/configmaps'))
    expect(second.version).toBe(first.version)
    expect(second.since(first.version - 1, '/configmaps')).toBeUndefined()
  })
})
