import type {Node, Pod, Toleration} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startEventExpiry} from '../../../../src/lib/sandbox/controllers/events/expiry.ts'
import {startTaintEviction} from '../../../../src/lib/sandbox/controllers/nodes/eviction.ts'
import {startNodeMonitor} from '../../../../src/lib/sandbox/controllers/nodes/monitor.ts'
import {startPodCollector} from '../../../../src/lib/sandbox/controllers/nodes/podgc.ts'
import {startNodeTaints} from '../../../../src/lib/sandbox/controllers/nodes/taints.ts'
import {events, leases, nodes, pods} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const tolerant: Toleration = {key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300}

const pod = (name: string, ...tolerations: Toleration[]): Pod => ({
  metadata: {name, namespace: 'db'},
  spec: {...podSpec(), nodeName: 'node-1', tolerations},
})

async function clusterWith(...all: Pod[]): Promise<Cluster> {
  const cluster = await new Cluster().start(startNodeTaints, startTaintEviction, startPodCollector)
  cluster.registry.create(nodes, {metadata: {name: 'node-1'}})
  for (const each of all) cluster.registry.create(pods, each)
  await ready(cluster, 'True')
  return cluster
}

async function ready(cluster: Cluster, status: string): Promise<void> {
  const conditions = [{type: 'Ready', status}]
  cluster.registry.modify(
    nodes,
    undefined,
    'node-1',
    draft => Object.assign(draft, {status: {conditions}}),
    'status',
  )
  await cluster.settle()
}

const taints = (cluster: Cluster): string[] => {
  const node: Node | undefined = cluster.registry.get(nodes, undefined, 'node-1')
  return (node?.spec?.taints ?? []).map(({key, effect}) => `${key}:${effect}`)
}

const deleted = (cluster: Cluster, name: string): boolean =>
  cluster.pod(name).metadata?.deletionTimestamp !== undefined

describe('a node that is not ready', () => {
  it('is tainted until it is ready again', async () => {
    const cluster = await clusterWith()
    expect(taints(cluster)).toEqual([])
    await ready(cluster, 'False')
    expect(taints(cluster)).toEqual([
      'node.kubernetes.io/not-ready:NoSchedule',
      'node.kubernetes.io/not-ready:NoExecute',
    ])
    await ready(cluster, 'Unknown')
    expect(taints(cluster)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ])
    await ready(cluster, 'True')
    expect(taints(cluster)).toEqual([])
  })

  it('loses its pods when their patience ends, and keeps those that tolerate it for good', async () => {
    const {tolerationSeconds: _, ...forever} = tolerant
    const cluster = await clusterWith(pod('patient', tolerant), pod('impatient'), pod('loyal', forever))
    await ready(cluster, 'False')
    expect(deleted(cluster, 'impatient')).toBe(true)
    await cluster.clock.advance(299_000)
    expect(deleted(cluster, 'patient')).toBe(false)
    await cluster.clock.advance(1_000)
    expect(deleted(cluster, 'patient')).toBe(true)
    expect(deleted(cluster, 'loyal')).toBe(false)
  })

  it('keeps its pods when it is back in time', async () => {
    const cluster = await clusterWith(pod('patient', tolerant))
    await ready(cluster, 'False')
    await cluster.clock.advance(200_000)
    await ready(cluster, 'True')
    await cluster.clock.advance(200_000)
    expect(deleted(cluster, 'patient')).toBe(false)
  })
})

describe('a node that falls silent', () => {
  const renew = (cluster: Cluster, renewTime: string): void => {
    cluster.registry.modify(leases, 'kube-node-lease', 'node-1', draft => {
      draft.spec = {...draft.spec, renewTime}
    })
  }

  async function silentCluster(): Promise<Cluster> {
    const cluster = await clusterWith(pod('patient', tolerant))
    await new Promise(resolve => setImmediate(resolve))
    startNodeMonitor(cluster.context)
    const metadata = {name: 'node-1', namespace: 'kube-node-lease'}
    // Long ago by the controller's clock: what counts is when it was first seen.
    cluster.registry.create(leases, {metadata, spec: {renewTime: '2020-01-01T00:00:00.000000Z'}})
    await cluster.report('patient', 'Running', {ready: true})
    return cluster
  }

  const readiness = (cluster: Cluster): (string | undefined)[] => [
    cluster.registry.get(nodes, undefined, 'node-1')?.status?.conditions?.[0]?.status,
    cluster.pod('patient').status?.conditions?.[0]?.status,
  ]

  it('is unknown after 50 seconds, its pods are not ready, and it is tainted as unreachable', async () => {
    const cluster = await silentCluster()
    await cluster.clock.advance(49_000)
    expect(readiness(cluster)).toEqual(['True', 'True'])
    await cluster.clock.advance(1_000)
    expect(readiness(cluster)).toEqual(['Unknown', 'False'])
    expect(taints(cluster)).toContain('node.kubernetes.io/unreachable:NoExecute')
  })

  it('stays ready for as long as it renews its Lease', async () => {
    const cluster = await silentCluster()
    for (const second of ['10', '20', '30']) {
      await cluster.clock.advance(40_000)
      renew(cluster, `2026-01-01T00:00:${second}.000000Z`)
    }
    await cluster.clock.advance(40_000)
    expect(readiness(cluster)).toEqual(['True', 'True'])
  })
})

describe('a cordoned node', () => {
  it('is tainted, beside the taints that it had', async () => {
    const cluster = await clusterWith()
    cluster.registry.modify(nodes, undefined, 'node-1', draft => {
      draft.spec = {unschedulable: true, taints: [{key: 'mine', effect: 'NoSchedule'}]}
    })
    await cluster.settle()
    expect(taints(cluster)).toEqual(['mine:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule'])
  })
})

describe('a node that is gone', () => {
  it('takes its pods with it after a while', async () => {
    const cluster = await clusterWith(pod('a'))
    cluster.registry.delete(nodes, undefined, 'node-1')
    await cluster.clock.advance(39_000)
    expect(cluster.podNames()).toEqual(['a'])
    await cluster.clock.advance(1_000)
    expect(cluster.podNames()).toEqual([])
  })

  it('finds its pods again when it comes back soon', async () => {
    const cluster = await clusterWith(pod('a'))
    cluster.registry.delete(nodes, undefined, 'node-1')
    await cluster.clock.advance(30_000)
    cluster.registry.create(nodes, {metadata: {name: 'node-1'}})
    await cluster.clock.advance(60_000)
    expect(cluster.podNames()).toEqual(['a'])
  })
})

describe('an event', () => {
  it('is forgotten an hour after it was last seen', async () => {
    const cluster = await new Cluster().start(startEventExpiry)
    const recorder = cluster.context.recorder('test')
    const target = cluster.registry.create(nodes, {metadata: {name: 'node-1'}})
    const occurrence = {type: 'Normal', reason: 'Tested', message: 'again'} as const
    recorder.event(nodes, target, occurrence)
    await cluster.clock.advance(1_800_000)
    recorder.event(nodes, target, occurrence)
    expect(cluster.registry.list(events)).toMatchObject([
      {count: 2, reason: 'Tested', metadata: {namespace: 'default'}},
    ])
    await cluster.clock.advance(3_599_000)
    expect(cluster.registry.list(events)).toHaveLength(1)
    await cluster.clock.advance(1_000)
    expect(cluster.registry.list(events)).toEqual([])
  })
})
