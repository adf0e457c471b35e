import {describe, expect, it} from 'vitest'
import {undoCreate} from '../../../src/lib/converge/undo.ts'
import {failedError, notFoundError, PgkError, timedOutError} from '../../../src/lib/errors.ts'
import {createStore} from '../../../src/lib/kube/store.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {fakeKube} from '../../fakes/kube.ts'

const namespace = 'db'
const labels = {'postgres-operator.crunchydata.com/cluster': 'hippo'}
const object = (kind: string, name: string, made: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {name, namespace, labels, creationTimestamp: made, ...more},
})
const before = '2026-01-01T10:00:00Z'
const during = '2026-01-01T12:00:00Z'

function world(more: KubeObject[] = []) {
  const document: KubeObject = {
    apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
    kind: 'PostgresCluster',
    metadata: {name: 'hippo', namespace, creationTimestamp: during},
    spec: {},
  }
  const kube = fakeKube({
    objects: [
      document,
      object('StatefulSet', 'hippo-pg-1', during),
      object('PersistentVolumeClaim', 'hippo-pg-1-pgdata', during),
      object('Secret', 'hippo-pguser-hippo', during),
      ...more,
    ],
  })
  const clock = {
    now: () => new Date(during),
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve())),
  }
  const undo = (failure: unknown) =>
    undoCreate(
      {kube, store: createStore(kube), clock},
      {namespace, name: 'hippo'},
      failure,
      new AbortController().signal,
    )
  const left = (): string[] => kube.all().map(({kind, metadata}) => `${kind}/${metadata.name}`)
  return {undo, left}
}

const noImage = notFoundError('IMAGE_UNAVAILABLE', 'the image cannot be pulled', {
  hints: ['Name another.', 'Look closer: kubectl describe pod hippo-pg-1-0 -n db'],
})

describe('a create that cannot succeed', () => {
  it('leaves nothing, and says so in place of pointing to pods that are gone', async () => {
    const {undo, left} = world()
    const told = await undo(noImage)
    expect(left()).toEqual([])
    expect(told).toBeInstanceOf(PgkError)
    expect(told).toMatchObject({
      code: 'PGK_IMAGE_UNAVAILABLE',
      exitCode: 5,
      hints: ['Name another.', 'Nothing is left of this attempt: what it made has been removed.'],
    })
  })

  it('keeps passwords and volumes that were there before it', async () => {
    const {undo, left} = world([
      object('Secret', 'hippo-root-cacert', before),
      object('PersistentVolumeClaim', 'hippo-old-pgdata', before),
    ])
    await undo(noImage)
    expect(left()).toEqual(['Secret/hippo-root-cacert', 'PersistentVolumeClaim/hippo-old-pgdata'])
  })

  it('keeps everything once a database was begun', async () => {
    const {undo, left} = world([
      object('Endpoints', 'hippo-ha-config', during, {annotations: {initialize: ''}}),
    ])
    const all = left()
    const told = await undo(noImage)
    expect(left()).toEqual(all)
    expect(told).toMatchObject({hints: expect.arrayContaining([expect.stringContaining('stays')])})
  })

  it.each([
    timedOutError('TIMED_OUT', 'not finished'),
    failedError('API_UNREACHABLE', 'no answer'),
    new Error('a defect'),
  ])('keeps everything where another try may succeed: %s', async failure => {
    const {undo, left} = world()
    const all = left()
    expect(await undo(failure)).toBe(failure)
    expect(left()).toEqual(all)
  })
})
