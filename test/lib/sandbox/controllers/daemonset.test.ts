import type {DaemonSet, DaemonSetSpec} from 'kubernetes-types/apps/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startDaemonSets} from '../../../../src/lib/sandbox/controllers/daemonset/controller.ts'
import {startScheduler} from '../../../../src/lib/sandbox/controllers/scheduler/controller.ts'
import {daemonSets, nodes, pods} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const daemon = (spec: Partial<DaemonSetSpec> = {}): DaemonSet => ({
  metadata: {name: 'agent', namespace: 'db'},
  spec: {
    selector: {matchLabels: {app: 'agent'}},
    template: {metadata: {labels: {app: 'agent'}}, spec: podSpec()},
    ...spec,
  },
})

function addNode(cluster: Cluster, name: string, spec: object = {}): void {
  const node = {metadata: {name, labels: {'kubernetes.io/hostname': name}}, spec}
  cluster.registry.create(nodes, {...node, status: {allocatable: {pods: '10'}}})
}

async function clusterWith(spec: Partial<DaemonSetSpec> = {}): Promise<Cluster> {
  const cluster = await new Cluster().start(startDaemonSets, startScheduler)
  for (const name of ['node-0', 'node-1']) addNode(cluster, name)
  addNode(cluster, 'tainted', {taints: [{key: 'dedicated', effect: 'NoSchedule'}]})
  addNode(cluster, 'cordoned', {unschedulable: true})
  cluster.registry.create(daemonSets, daemon(spec))
  await cluster.settle()
  for (const name of cluster.podNames()) await cluster.ready(name)
  return cluster
}

const placed = (cluster: Cluster): (string | undefined)[] =>
  cluster.registry
    .list(pods)
    .map(pod => pod.spec?.nodeName)
    .toSorted()

const status = (cluster: Cluster) => cluster.registry.get(daemonSets, 'db', 'agent')?.status

describe('a DaemonSet', () => {
  it('has one pod on each node whose taints it tolerates, cordoned ones included', async () => {
    const cluster = await clusterWith()
    expect(placed(cluster)).toEqual(['cordoned', 'node-0', 'node-1'])
    expect(status(cluster)).toMatchObject({
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      numberMisscheduled: 0,
    })
  })

  it('comes to a new node and leaves one that it no longer suits', async () => {
    const cluster = await clusterWith()
    addNode(cluster, 'node-2')
    await cluster.settle()
    expect(placed(cluster)).toContain('node-2')
    cluster.registry.modify(nodes, undefined, 'node-0', draft => {
      draft.spec = {taints: [{key: 'leave', effect: 'NoExecute'}]}
    })
    await cluster.settle()
    const leaving = cluster.registry.list(pods).filter(pod => pod.metadata?.deletionTimestamp)
    expect(leaving.map(pod => pod.spec?.nodeName)).toEqual(['node-0'])
  })

  it('rolls a changed template over one node after the other', async () => {
    const cluster = await clusterWith()
    cluster.registry.modify(daemonSets, 'db', 'agent', draft => {
      if (draft.spec) draft.spec.template.spec = podSpec('busybox:2')
    })
    await cluster.settle()
    const leaving = () => cluster.registry.list(pods).filter(pod => pod.metadata?.deletionTimestamp)
    for (let round = 0; round < 3; round += 1) {
      const [pod, ...others] = leaving()
      expect(others).toEqual([])
      const before = new Set(cluster.podNames())
      await cluster.gone(pod?.metadata?.name ?? '')
      for (const name of cluster.podNames()) if (!before.has(name)) await cluster.ready(name)
    }
    expect(leaving()).toEqual([])
    expect(status(cluster)?.updatedNumberScheduled).toBe(3)
  })

  it('replaces a pod that has failed', async () => {
    const cluster = await clusterWith()
    const [name = ''] = cluster.podNames()
    await cluster.report(name, 'Failed')
    expect(cluster.podNames()).not.toContain(name)
    expect(placed(cluster)).toHaveLength(3)
  })
})
