import type {StatefulSet, StatefulSetSpec, StatefulSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startStatefulSets} from '../../../../src/lib/sandbox/controllers/statefulset/controller.ts'
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const set = (spec: Partial<StatefulSetSpec> = {}): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {name: 'web', namespace: 'db'},
  spec: {
    serviceName: 'web',
    replicas: 2,
    selector: {matchLabels: {app: 'web'}},
    template: {metadata: {labels: {app: 'web'}}, spec: podSpec()},
    ...spec,
  },
})

async function clusterWith(spec: Partial<StatefulSetSpec> = {}): Promise<Cluster> {
  const cluster = await new Cluster().start(startStatefulSets)
  cluster.registry.create(statefulSets, set(spec))
  await cluster.settle()
  return cluster
}

const status = (cluster: Cluster): StatefulSetStatus | undefined =>
  cluster.registry.get(statefulSets, 'db', 'web')?.status

async function edit(cluster: Cluster, change: (spec: StatefulSetSpec) => void): Promise<void> {
  cluster.registry.modify(statefulSets, 'db', 'web', draft => {
    if (draft.spec) change(draft.spec)
  })
  await cluster.settle()
}

const setImage = (cluster: Cluster, image: string): Promise<void> =>
  edit(cluster, spec => {
    spec.template.spec = podSpec(image)
  })

describe('a StatefulSet', () => {
  it('creates its pods one after the other, each when the one before is ready', async () => {
    const cluster = await clusterWith()
    expect(cluster.podNames()).toEqual(['web-0'])
    await cluster.ready('web-0')
    expect(cluster.podNames()).toEqual(['web-0', 'web-1'])
    await cluster.ready('web-1')
    expect(status(cluster)).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      collisionCount: 0,
      availableReplicas: 2,
    })
  })

  it('names and labels a pod as Kubernetes does', async () => {
    const cluster = await clusterWith()
    const pod = cluster.pod('web-0')
    expect(pod.metadata?.labels).toMatchObject({
      app: 'web',
      'apps.kubernetes.io/pod-index': '0',
      'statefulset.kubernetes.io/pod-name': 'web-0',
      'controller-revision-hash': status(cluster)?.updateRevision,
    })
    expect(pod.metadata?.generateName).toBe('web-')
    expect(pod.spec).toMatchObject({hostname: 'web-0', subdomain: 'web'})
    expect(pod.metadata?.ownerReferences).toMatchObject([
      {kind: 'StatefulSet', name: 'web', controller: true},
    ])
  })

  it('creates all pods at once when parallel', async () => {
    const cluster = await clusterWith({podManagementPolicy: 'Parallel', replicas: 3})
    expect(cluster.podNames()).toEqual(['web-0', 'web-1', 'web-2'])
  })

  it('rolls a changed template from the highest ordinal and waits for each pod', async () => {
    const cluster = await clusterWith()
    await cluster.ready('web-0')
    await cluster.ready('web-1')
    const before = status(cluster)?.currentRevision
    await setImage(cluster, 'busybox:2')
    expect(cluster.pod('web-1').spec?.containers[0]?.image).toBe('busybox:2')
    expect(cluster.pod('web-0').spec?.containers[0]?.image).toBe('busybox:1')
    expect(status(cluster)).toMatchObject({currentRevision: before, currentReplicas: 1, updatedReplicas: 1})
    await cluster.ready('web-1')
    expect(cluster.pod('web-0').spec?.containers[0]?.image).toBe('busybox:2')
    await cluster.ready('web-0')
    const after = status(cluster)
    expect(after?.currentRevision).toBe(after?.updateRevision)
    expect(after?.currentRevision).not.toBe(before)
    expect(after).toMatchObject({currentReplicas: 2, updatedReplicas: 2})
  })

  it('leaves pods below the partition on the old revision, even when they are replaced', async () => {
    const cluster = await clusterWith({
      updateStrategy: {type: 'RollingUpdate', rollingUpdate: {partition: 1}},
    })
    await cluster.ready('web-0')
    await cluster.ready('web-1')
    await setImage(cluster, 'busybox:2')
    await cluster.ready('web-1')
    cluster.registry.delete(pods, 'db', 'web-0')
    await cluster.settle()
    expect(cluster.pod('web-0').spec?.containers[0]?.image).toBe('busybox:1')
    expect(cluster.pod('web-1').spec?.containers[0]?.image).toBe('busybox:2')
  })

  it('with OnDelete changes a pod only when somebody deletes it, and keeps currentRevision', async () => {
    const cluster = await clusterWith({replicas: 1, updateStrategy: {type: 'OnDelete'}})
    await cluster.ready('web-0')
    const first = status(cluster)?.currentRevision
    await setImage(cluster, 'busybox:2')
    expect(cluster.pod('web-0').spec?.containers[0]?.image).toBe('busybox:1')
    expect(status(cluster)).toMatchObject({currentReplicas: 1, currentRevision: first})
    expect(status(cluster)?.updatedReplicas).toBeUndefined()
    cluster.registry.delete(pods, 'db', 'web-0')
    await cluster.settle()
    await cluster.ready('web-0')
    expect(cluster.pod('web-0').spec?.containers[0]?.image).toBe('busybox:2')
    expect(status(cluster)).toMatchObject({updatedReplicas: 1, currentRevision: first})
    expect(status(cluster)?.currentReplicas).toBeUndefined()
  })

  it('replaces a pod that has failed', async () => {
    const cluster = await clusterWith({replicas: 1})
    const first = cluster.pod('web-0').metadata?.uid
    await cluster.report('web-0', 'Failed')
    expect(cluster.pod('web-0').metadata?.uid).not.toBe(first)
    expect(cluster.reasons()).toContain('RecreatingFailedPod')
  })

  it('scales down from the highest ordinal and waits until each pod is gone', async () => {
    const cluster = await clusterWith({podManagementPolicy: 'OrderedReady'})
    for (const name of ['web-0', 'web-1']) {
      await cluster.bind(name)
      await cluster.ready(name)
    }
    await edit(cluster, spec => {
      spec.replicas = 0
    })
    expect(cluster.pod('web-1').metadata?.deletionTimestamp).toBeDefined()
    expect(cluster.pod('web-0').metadata?.deletionTimestamp).toBeUndefined()
    await cluster.gone('web-1')
    expect(cluster.pod('web-0').metadata?.deletionTimestamp).toBeDefined()
  })

  it('counts a pod as available only after minReadySeconds', async () => {
    const cluster = await clusterWith({replicas: 1, minReadySeconds: 10})
    await cluster.ready('web-0')
    expect(status(cluster)).toMatchObject({readyReplicas: 1, availableReplicas: 0})
    await cluster.clock.advance(10_000)
    expect(status(cluster)).toMatchObject({readyReplicas: 1, availableReplicas: 1})
  })

  it('keeps no more old revisions than the history limit', async () => {
    const cluster = await clusterWith({replicas: 0, revisionHistoryLimit: 1})
    for (const image of ['a', 'b', 'c']) await setImage(cluster, image)
    const kept = cluster.registry.list(controllerRevisions).map(each => each.revision)
    expect(kept.sort()).toEqual([3, 4])
  })

  it('gives an earlier template its old revision back, renumbered', async () => {
    const cluster = await clusterWith({replicas: 0})
    const first = status(cluster)?.updateRevision
    await setImage(cluster, 'b')
    await setImage(cluster, 'busybox:1')
    expect(status(cluster)?.updateRevision).toBe(first)
    const revisions = cluster.registry.list(controllerRevisions).map(each => each.revision)
    expect(revisions.sort()).toEqual([2, 3])
  })
})

describe('the claims of a StatefulSet', () => {
  const claims = [{metadata: {name: 'data'}, spec: {accessModes: ['ReadWriteOnce']}}]
  const owners = (cluster: Cluster, name: string): string[] => {
    const claim = cluster.registry.get(persistentVolumeClaims, 'db', name)
    return claim?.metadata?.ownerReferences?.map(owner => `${owner.kind}/${owner.name}`) ?? []
  }

  it('are made before the pod, mounted by it and outlive it', async () => {
    const cluster = await clusterWith({replicas: 1, volumeClaimTemplates: claims})
    expect(cluster.pod('web-0').spec?.volumes).toEqual([
      {name: 'data', persistentVolumeClaim: {claimName: 'data-web-0'}},
    ])
    expect(cluster.registry.get(persistentVolumeClaims, 'db', 'data-web-0')?.metadata?.labels).toEqual({
      app: 'web',
    })
    await edit(cluster, spec => {
      spec.replicas = 0
    })
    expect(cluster.podNames()).toEqual([])
    expect(owners(cluster, 'data-web-0')).toEqual([])
  })

  it('belong to the set when they go with it, and to the pod when it is scaled away', async () => {
    const policy = {whenDeleted: 'Delete', whenScaled: 'Delete'}
    const cluster = await clusterWith({
      replicas: 1,
      volumeClaimTemplates: claims,
      persistentVolumeClaimRetentionPolicy: policy,
    })
    expect(owners(cluster, 'data-web-0')).toEqual(['StatefulSet/web'])
    await edit(cluster, spec => {
      spec.replicas = 0
    })
    expect(owners(cluster, 'data-web-0')).toEqual(['Pod/web-0'])
  })

  it('on their way out hold back a new pod', async () => {
    const cluster = await new Cluster().start(startStatefulSets)
    cluster.registry.create(persistentVolumeClaims, {
      metadata: {name: 'data-web-0', namespace: 'db', finalizers: ['kubernetes.io/pvc-protection']},
    })
    cluster.registry.delete(persistentVolumeClaims, 'db', 'data-web-0')
    cluster.registry.create(statefulSets, set({replicas: 1, volumeClaimTemplates: claims}))
    await cluster.settle()
    expect(cluster.podNames()).toEqual([])
    expect(cluster.reasons()).toContain('FailedCreate')
    cluster.registry.modify(persistentVolumeClaims, 'db', 'data-web-0', draft => {
      if (draft.metadata) draft.metadata.finalizers = []
    })
    await cluster.clock.advance(1000)
    expect(cluster.podNames()).toEqual(['web-0'])
  })
})
