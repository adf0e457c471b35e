import type {PersistentVolume, PersistentVolumeClaim, Pod} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startScheduler} from '../../../../src/lib/sandbox/controllers/scheduler/controller.ts'
import {startClaims} from '../../../../src/lib/sandbox/controllers/volumes/claims.ts'
import type {BindingMode} from '../../../../src/lib/sandbox/controllers/volumes/provision.ts'
import {standardClass} from '../../../../src/lib/sandbox/controllers/volumes/provision.ts'
import {startVolumes} from '../../../../src/lib/sandbox/controllers/volumes/volumes.ts'
import {
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

class Directories {
  readonly paths = new Set<string>()
  failure: Error | undefined

  create = async (volume: string): Promise<string> => {
    this.paths.add(`/volumes/${volume}`)
    return `/volumes/${volume}`
  }

  remove = async (path: string): Promise<void> => {
    if (this.failure) throw this.failure
    this.paths.delete(path)
  }
}

async function clusterWith(mode: BindingMode): Promise<{cluster: Cluster; directories: Directories}> {
  const cluster = new Cluster()
  const directories = new Directories()
  for (const name of ['node-0', 'node-1']) {
    const node = {metadata: {name, labels: {'kubernetes.io/hostname': name}}}
    cluster.registry.create(nodes, {...node, status: {allocatable: {pods: '10'}}})
  }
  cluster.registry.create(storageClasses, standardClass(mode))
  await cluster.start(
    context => startClaims(context, directories),
    context => startVolumes(context, directories),
    startScheduler,
  )
  return {cluster, directories}
}

const claim = (spec: PersistentVolumeClaim['spec'] = {}): PersistentVolumeClaim => ({
  metadata: {name: 'data', namespace: 'db'},
  spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}, ...spec},
})

const consumer = (name = 'app'): Pod => ({
  metadata: {name, namespace: 'db'},
  spec: {
    containers: [{name: 'main', image: 'busybox:1'}],
    volumes: [{name: 'data', persistentVolumeClaim: {claimName: 'data'}}],
  },
})

const found = (cluster: Cluster) => cluster.registry.get(persistentVolumeClaims, 'db', 'data')
const volumeOf = (cluster: Cluster): PersistentVolume | undefined =>
  cluster.registry.list(persistentVolumes)[0]

async function boundClaim(): Promise<{cluster: Cluster; directories: Directories}> {
  const all = await clusterWith('Immediate')
  all.cluster.registry.create(persistentVolumeClaims, claim())
  await all.cluster.settle()
  return all
}

describe('a claim', () => {
  it('gets the default class, a directory and a volume', async () => {
    const {cluster, directories} = await boundClaim()
    const volume = volumeOf(cluster)
    expect(found(cluster)).toMatchObject({
      metadata: {finalizers: ['kubernetes.io/pvc-protection']},
      spec: {storageClassName: 'standard', volumeName: volume?.metadata?.name},
      status: {phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: {storage: '1Gi'}},
    })
    expect(volume).toMatchObject({
      spec: {claimRef: {name: 'data', namespace: 'db'}, persistentVolumeReclaimPolicy: 'Delete'},
      status: {phase: 'Bound'},
    })
    expect([...directories.paths]).toEqual([volume?.spec?.local?.path])
  })

  it('waits for its first consumer and then ties the pod to the node of its volume', async () => {
    const {cluster} = await clusterWith('WaitForFirstConsumer')
    cluster.registry.create(persistentVolumeClaims, claim())
    await cluster.settle()
    expect(found(cluster)?.status?.phase).toBe('Pending')
    expect(cluster.reasons()).toEqual(['WaitForFirstConsumer'])
    cluster.registry.create(pods, consumer())
    await cluster.settle()
    expect(found(cluster)?.status?.phase).toBe('Bound')
    const node = cluster.pod('app').spec?.nodeName
    expect(volumeOf(cluster)?.spec?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
      {matchExpressions: [{key: 'kubernetes.io/hostname', operator: 'In', values: [node]}]},
    ])
    cluster.registry.modify(nodes, undefined, node ?? '', draft => {
      draft.spec = {unschedulable: true}
    })
    cluster.registry.create(pods, consumer('second'))
    await cluster.settle()
    expect(cluster.pod('second').spec?.nodeName).toBeUndefined()
    expect(cluster.pod('second').status?.conditions?.[0]?.message).toContain(
      "1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) were unschedulable",
    )
  })

  it('lets pods that wait for volumes at the same time spread over the nodes', async () => {
    const {cluster} = await clusterWith('WaitForFirstConsumer')
    const labels = {app: 'db'}
    const term = {topologyKey: 'kubernetes.io/hostname', labelSelector: {matchLabels: labels}}
    for (const name of ['one', 'two']) {
      const metadata = {name, namespace: 'db'}
      cluster.registry.create(persistentVolumeClaims, {...claim(), metadata})
      cluster.registry.create(pods, {
        metadata: {...metadata, labels},
        spec: {
          containers: [{name: 'main', image: 'busybox:1'}],
          volumes: [{name: 'data', persistentVolumeClaim: {claimName: name}}],
          affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [term]}},
        },
      })
    }
    await cluster.settle()
    const used = ['one', 'two'].map(name => cluster.pod(name).spec?.nodeName)
    expect(used.toSorted()).toEqual(['node-0', 'node-1'])
  })

  it('that does not exist keeps its pod waiting, and lets it go once it does', async () => {
    const {cluster} = await clusterWith('WaitForFirstConsumer')
    cluster.registry.create(pods, consumer())
    await cluster.settle()
    expect(cluster.pod('app').status?.conditions?.[0]?.message).toBe(
      '0/2 nodes are available: persistentvolumeclaim "data" not found. ' +
        'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    )
    cluster.registry.create(persistentVolumeClaims, claim())
    await cluster.settle()
    expect(cluster.pod('app').spec?.nodeName).toBeDefined()
  })

  it('takes the smallest existing volume that is large enough', async () => {
    const {cluster} = await clusterWith('Immediate')
    for (const size of ['8Gi', '2Gi', '512Mi']) {
      cluster.registry.create(persistentVolumes, {
        metadata: {name: `pv-${size.toLowerCase()}`},
        spec: {capacity: {storage: size}, accessModes: ['ReadWriteOnce'], storageClassName: ''},
      })
    }
    cluster.registry.create(persistentVolumeClaims, claim({storageClassName: ''}))
    await cluster.settle()
    expect(found(cluster)?.spec?.volumeName).toBe('pv-2gi')
    expect(found(cluster)?.status?.capacity).toEqual({storage: '2Gi'})
  })

  it('is protected while a pod on a node mounts it, and its volume and data go with it', async () => {
    const {cluster, directories} = await boundClaim()
    cluster.registry.create(pods, consumer())
    await cluster.settle()
    cluster.registry.delete(persistentVolumeClaims, 'db', 'data')
    await cluster.settle()
    expect(found(cluster)?.metadata?.deletionTimestamp).toBeDefined()
    expect(directories.paths.size).toBe(1)
    await cluster.gone('app')
    expect(found(cluster)).toBeUndefined()
    expect(volumeOf(cluster)).toBeUndefined()
    expect(directories.paths.size).toBe(0)
  })

  it('leaves a released volume and its data when the policy says Retain', async () => {
    const {cluster, directories} = await boundClaim()
    cluster.registry.modify(persistentVolumes, undefined, volumeOf(cluster)?.metadata?.name ?? '', draft => {
      if (draft.spec) draft.spec.persistentVolumeReclaimPolicy = 'Retain'
    })
    cluster.registry.delete(persistentVolumeClaims, 'db', 'data')
    await cluster.settle()
    expect(volumeOf(cluster)?.status?.phase).toBe('Released')
    expect(directories.paths.size).toBe(1)
  })

  it('grows when it asks for more, never shrinks', async () => {
    const {cluster} = await boundClaim()
    const ask = async (storage: string): Promise<void> => {
      cluster.registry.modify(persistentVolumeClaims, 'db', 'data', draft => {
        draft.spec = {...draft.spec, resources: {requests: {storage}}}
      })
      await cluster.settle()
    }
    await ask('3Gi')
    expect(found(cluster)?.status?.capacity).toEqual({storage: '3Gi'})
    expect(volumeOf(cluster)?.spec?.capacity).toEqual({storage: '3Gi'})
    await ask('1Gi')
    expect(found(cluster)?.status?.capacity).toEqual({storage: '3Gi'})
  })

  it('whose data cannot be deleted leaves a failed volume that is tried again', async () => {
    const {cluster, directories} = await boundClaim()
    directories.failure = new Error('device busy')
    cluster.registry.delete(persistentVolumeClaims, 'db', 'data')
    await cluster.settle()
    expect(volumeOf(cluster)?.status).toMatchObject({phase: 'Failed', message: 'device busy'})
    directories.failure = undefined
    await cluster.clock.advance(60_000)
    expect(volumeOf(cluster)).toBeUndefined()
  })
})
