import type {Deployment, DeploymentSpec} from 'kubernetes-types/apps/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startDeployments} from '../../../../src/lib/sandbox/controllers/deployment/controller.ts'
import {startReplicaSets} from '../../../../src/lib/sandbox/controllers/deployment/replicaset.ts'
import {margins} from '../../../../src/lib/sandbox/controllers/deployment/rollout.ts'
import {deployments, pods, replicaSets} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const deployment = (spec: Partial<DeploymentSpec> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {name: 'web', namespace: 'db'},
  spec: {
    replicas: 4,
    selector: {matchLabels: {app: 'web'}},
    template: {metadata: {labels: {app: 'web'}}, spec: podSpec()},
    ...spec,
  },
})

const images = (cluster: Cluster): string[] =>
  cluster.registry
    .list(pods)
    .map(pod => pod.spec?.containers[0]?.image ?? '')
    .toSorted()

async function allReady(cluster: Cluster): Promise<void> {
  for (const name of cluster.podNames()) {
    if (!cluster.podNames().includes(name)) continue
    const ready = cluster.pod(name).status?.conditions?.some(({status}) => status === 'True')
    if (!ready) await cluster.ready(name)
  }
}

async function clusterWith(spec: Partial<DeploymentSpec> = {}): Promise<Cluster> {
  const cluster = await new Cluster().start(startDeployments, startReplicaSets)
  cluster.registry.create(deployments, deployment(spec))
  await cluster.settle()
  await allReady(cluster)
  return cluster
}

async function edit(cluster: Cluster, change: (spec: DeploymentSpec) => void): Promise<void> {
  cluster.registry.modify(deployments, 'db', 'web', draft => {
    if (draft.spec) change(draft.spec)
  })
  await cluster.settle()
}

const setImage = (cluster: Cluster, image: string): Promise<void> =>
  edit(cluster, spec => {
    spec.template.spec = podSpec(image)
  })

const found = (cluster: Cluster) => cluster.registry.get(deployments, 'db', 'web')
const reasonOf = (cluster: Cluster, type: string) =>
  found(cluster)?.status?.conditions?.find(each => each.type === type)?.reason

describe('a Deployment', () => {
  it('makes a ReplicaSet that makes the pods, all tied by the hash of the template', async () => {
    const cluster = await clusterWith()
    const [set] = cluster.registry.list(replicaSets)
    const hash = set?.metadata?.labels?.['pod-template-hash'] ?? ''
    expect(set?.metadata?.name).toBe(`web-${hash}`)
    expect(set?.metadata?.annotations).toMatchObject({'deployment.kubernetes.io/revision': '1'})
    expect(cluster.podNames()).toHaveLength(4)
    expect(cluster.registry.list(pods)[0]?.metadata?.labels).toEqual({app: 'web', 'pod-template-hash': hash})
    expect(found(cluster)).toMatchObject({
      metadata: {annotations: {'deployment.kubernetes.io/revision': '1'}},
      status: {
        observedGeneration: 1,
        replicas: 4,
        updatedReplicas: 4,
        readyReplicas: 4,
        availableReplicas: 4,
      },
    })
    expect(reasonOf(cluster, 'Available')).toBe('MinimumReplicasAvailable')
    expect(reasonOf(cluster, 'Progressing')).toBe('NewReplicaSetAvailable')
  })

  it('rolls over within its surge and unavailability', async () => {
    const cluster = await clusterWith()
    await setImage(cluster, 'busybox:2')
    expect(images(cluster)).toEqual(['busybox:1', 'busybox:1', 'busybox:1', 'busybox:2', 'busybox:2'])
    expect(reasonOf(cluster, 'Progressing')).toBe('ReplicaSetUpdated')
    for (let round = 0; round < 4; round += 1) await allReady(cluster)
    expect(images(cluster)).toEqual(Array.from({length: 4}, () => 'busybox:2'))
    expect(found(cluster)?.status).toMatchObject({replicas: 4, updatedReplicas: 4, availableReplicas: 4})
    expect(found(cluster)?.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
  })

  it('with Recreate starts new pods only when the old ones are gone', async () => {
    const cluster = await clusterWith({replicas: 1, strategy: {type: 'Recreate'}})
    const [name = ''] = cluster.podNames()
    await cluster.bind(name)
    await setImage(cluster, 'busybox:2')
    expect(images(cluster)).toEqual(['busybox:1'])
    await cluster.gone(name)
    expect(images(cluster)).toEqual(['busybox:2'])
  })

  it('goes back to an earlier ReplicaSet under a new revision', async () => {
    const cluster = await clusterWith({replicas: 1})
    const [first] = cluster.registry.list(replicaSets)
    await setImage(cluster, 'busybox:2')
    await allReady(cluster)
    await setImage(cluster, 'busybox:1')
    await allReady(cluster)
    expect(cluster.registry.list(replicaSets)).toHaveLength(2)
    expect(cluster.registry.get(replicaSets, 'db', first?.metadata?.name ?? '')).toMatchObject({
      metadata: {annotations: {'deployment.kubernetes.io/revision': '3'}},
      spec: {replicas: 1},
    })
  })

  it('scales up and down, giving up pods that are not ready first', async () => {
    const cluster = await clusterWith({replicas: 2})
    const kept = cluster.podNames()
    await edit(cluster, spec => {
      spec.replicas = 3
    })
    expect(cluster.podNames()).toHaveLength(3)
    await edit(cluster, spec => {
      spec.replicas = 2
    })
    expect(cluster.podNames()).toEqual(kept)
  })

  it('that is paused rolls nothing out', async () => {
    const cluster = await clusterWith({replicas: 1, paused: false})
    await edit(cluster, spec => {
      spec.paused = true
    })
    await setImage(cluster, 'busybox:2')
    expect(images(cluster)).toEqual(['busybox:1'])
  })

  it('says when it gets nowhere', async () => {
    const cluster = await clusterWith({replicas: 1, progressDeadlineSeconds: 60})
    await setImage(cluster, 'broken')
    expect(reasonOf(cluster, 'Progressing')).toBe('ReplicaSetUpdated')
    await cluster.clock.advance(61_000)
    expect(reasonOf(cluster, 'Progressing')).toBe('ProgressDeadlineExceeded')
  })

  it('keeps no more idle ReplicaSets than its history limit', async () => {
    const cluster = await clusterWith({replicas: 0, revisionHistoryLimit: 1})
    for (const image of ['a', 'b', 'c']) await setImage(cluster, image)
    expect(cluster.registry.list(replicaSets)).toHaveLength(2)
  })

  it('replaces a pod that somebody deleted', async () => {
    const cluster = await clusterWith({replicas: 1})
    const [name = ''] = cluster.podNames()
    cluster.registry.delete(pods, 'db', name)
    await cluster.settle()
    expect(cluster.podNames()).toHaveLength(1)
    expect(cluster.podNames()).not.toContain(name)
  })
})

describe('the margins of a rolling update', () => {
  const of = (replicas: number, maxSurge: number | string, maxUnavailable: number | string) =>
    margins(deployment({replicas, strategy: {rollingUpdate: {maxSurge, maxUnavailable}}}))

  it('round surge up and unavailability down', () => {
    expect(of(10, '25%', '25%')).toEqual({surge: 3, unavailable: 2})
  })

  it('never both are zero', () => {
    expect(of(1, 0, '25%')).toEqual({surge: 0, unavailable: 1})
  })
})
