import {describe, expect, it} from 'vitest'
import {failedError} from '../../../src/lib/errors.ts'
import {watchCluster} from '../../../src/lib/observe/live.ts'
import type {Kube, KubeObject} from '../../../src/lib/ports.ts'
import {fakeKube} from '../../fakes/kube.ts'

const request = {namespace: 'db', labelSelector: 'x'}
const set = (generation: number, uid = 'u'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {name: 'hippo-pg-1', namespace: 'db', uid, generation},
})

/** Watches tell what they are given and then nothing more; lists fail while `away`. */
function world(statefulSets: KubeObject[]) {
  const state = {away: false, lists: 0}
  const kube: Kube = {
    ...fakeKube(),
    watch: ({kind}, _, listener) => {
      listener.changed(kind === 'StatefulSet' ? statefulSets : [])
      return {stop: () => undefined}
    },
    list: async () => {
      state.lists += 1
      if (state.away) throw failedError('API_UNREACHABLE', 'the Kubernetes API cannot be reached')
      return []
    },
  }
  return {state, live: watchCluster(kube, request)}
}

describe('a live view', () => {
  it('asks again for what it could not read, without being told to', async () => {
    const {state, live} = world([])
    await live.view(false)
    state.away = true
    expect((await live.view(true)).unknown).not.toEqual([])
    state.away = false
    expect((await live.view(false)).unknown).toEqual([])
    const asked = state.lists
    await live.view(false)
    expect(state.lists).toBe(asked)
  })

  it('is never older than what this process wrote itself', async () => {
    const {live} = world([set(3)])
    live.wrote(set(4))
    expect((await live.view(false)).objects.get('StatefulSet')).toEqual([set(4)])
    live.wrote(set(2))
    expect((await live.view(false)).objects.get('StatefulSet')).toEqual([set(3)])
    live.wrote(set(9, 'of an object that is gone'))
    expect((await live.view(false)).objects.get('StatefulSet')).toEqual([set(3)])
  })

  it('keeps the code of what it could not read', async () => {
    const {state, live} = world([])
    state.away = true
    const {unknown} = await live.view(false)
    expect(unknown[0]).toMatchObject({code: 'PGK_API_UNREACHABLE'})
  })
})
