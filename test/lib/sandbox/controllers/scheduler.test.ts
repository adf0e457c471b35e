import type {Affinity, Node, Pod, PodSpec, TopologySpreadConstraint} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startScheduler} from '../../../../src/lib/sandbox/controllers/scheduler/controller.ts'
import {nodes, pods} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

interface NodeOptions {
  zone?: string
  cpu?: string
  pods?: string
  taint?: string
  unschedulable?: boolean
}

function addNode(cluster: Cluster, name: string, options: NodeOptions = {}): void {
  const node: Node = {
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        ...(options.zone ? {'topology.kubernetes.io/zone': options.zone} : {}),
      },
    },
    spec: {
      ...(options.unschedulable ? {unschedulable: true} : {}),
      ...(options.taint ? {taints: [{key: options.taint, effect: 'NoSchedule'}]} : {}),
    },
  }
  Object.assign(node, {
    status: {allocatable: {cpu: options.cpu ?? '4', memory: '8Gi', pods: options.pods ?? '110'}},
  })
  cluster.registry.create(nodes, node)
}

const pod = (
  name: string,
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {app: 'db'},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {name, namespace: 'db', labels},
  spec: {containers: [{name: 'main', image: 'busybox:1'}], ...spec},
})

const asking = (cpu: string): Partial<PodSpec> => ({
  containers: [{name: 'main', image: 'busybox:1', resources: {requests: {cpu}}}],
})

const term = (topologyKey = 'kubernetes.io/hostname') => ({
  topologyKey,
  labelSelector: {matchLabels: {app: 'db'}},
})

const apart: Affinity = {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [term()]}}

async function schedule(cluster: Cluster, ...wanted: Pod[]): Promise<(string | undefined)[]> {
  for (const each of wanted) {
    cluster.registry.create(pods, each)
    await cluster.settle()
  }
  return wanted.map(each => cluster.pod(each.metadata?.name ?? '').spec?.nodeName)
}

async function clusterWith(count: number, options: NodeOptions = {}): Promise<Cluster> {
  const cluster = new Cluster()
  for (let index = 0; index < count; index += 1) addNode(cluster, `node-${index}`, options)
  return cluster.start(startScheduler)
}

const refusal = (cluster: Cluster, name: string): string | undefined =>
  cluster.pod(name).status?.conditions?.find(each => each.type === 'PodScheduled')?.message

describe('the scheduler', () => {
  it('binds a pod, says so in a condition and an event', async () => {
    const cluster = await clusterWith(1)
    expect(await schedule(cluster, pod('a'))).toEqual(['node-0'])
    expect(cluster.pod('a').status?.conditions).toMatchObject([{type: 'PodScheduled', status: 'True'}])
    expect(cluster.reasons()).toEqual(['Scheduled'])
  })

  it('says why a pod fits nowhere in the words of Kubernetes', async () => {
    const cluster = new Cluster()
    addNode(cluster, 'small', {cpu: '500m'})
    addNode(cluster, 'cordoned', {unschedulable: true})
    addNode(cluster, 'tainted', {taint: 'dedicated'})
    await cluster.start(startScheduler)
    expect(await schedule(cluster, pod('a', asking('1')))).toEqual([undefined])
    expect(refusal(cluster, 'a')).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), ' +
        '1 node(s) were unschedulable. preemption: 0/3 nodes are available: ' +
        '3 Preemption is not helpful for scheduling.',
    )
    expect(cluster.reasons()).toEqual(['FailedScheduling'])
  })

  it('tries a stuck pod again when a node gets room', async () => {
    const cluster = await clusterWith(1, {cpu: '1'})
    expect(await schedule(cluster, pod('a', asking('600m')), pod('b', asking('600m')))).toEqual([
      'node-0',
      undefined,
    ])
    expect(refusal(cluster, 'b')).toContain('1 No preemption victims found for incoming pod.')
    cluster.registry.delete(pods, 'db', 'a', {gracePeriodSeconds: 0})
    await cluster.settle()
    expect(cluster.pod('b').spec?.nodeName).toBe('node-0')
    expect(cluster.pod('b').status?.conditions).toMatchObject([{type: 'PodScheduled', status: 'True'}])
  })

  it('tries a stuck pod again when a node is uncordoned', async () => {
    const cluster = await clusterWith(1, {unschedulable: true})
    await schedule(cluster, pod('a'))
    cluster.registry.modify(nodes, undefined, 'node-0', draft => {
      draft.spec = {}
    })
    await cluster.settle()
    expect(cluster.pod('a').spec?.nodeName).toBe('node-0')
  })

  it('adds up requests exactly', async () => {
    const cluster = await clusterWith(1, {cpu: '300m'})
    const placed = await schedule(cluster, ...['a', 'b', 'c', 'd'].map(name => pod(name, asking('0.1'))))
    expect(placed).toEqual(['node-0', 'node-0', 'node-0', undefined])
  })

  it('counts an init container that needs more than the containers', async () => {
    const cluster = await clusterWith(1, {cpu: '1'})
    const spec = asking('100m')
    const init = {name: 'init', image: 'busybox:1', resources: {requests: {cpu: '2'}}}
    expect(await schedule(cluster, pod('a', {...spec, initContainers: [init]}))).toEqual([undefined])
  })

  it('keeps pods with anti-affinity on different nodes', async () => {
    const cluster = await clusterWith(2)
    const wanted = ['a', 'b', 'c'].map(name => pod(name, {affinity: apart}))
    const placed = await schedule(cluster, ...wanted)
    expect(new Set(placed)).toEqual(new Set(['node-0', 'node-1', undefined]))
    expect(refusal(cluster, 'c')).toContain("2 node(s) didn't match pod anti-affinity rules")
  })

  it('respects the anti-affinity of pods that are already there', async () => {
    const cluster = await clusterWith(1)
    await schedule(cluster, pod('a', {affinity: apart}))
    expect(await schedule(cluster, pod('b'))).toEqual([undefined])
    expect(refusal(cluster, 'b')).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules")
  })

  it('lets the first of a group with affinity go anywhere and the others follow', async () => {
    const cluster = await clusterWith(3)
    const together: Affinity = {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [term()]}}
    const placed = await schedule(cluster, pod('a', {affinity: together}), pod('b', {affinity: together}))
    expect(placed[0]).toBeDefined()
    expect(placed[1]).toBe(placed[0])
  })

  it('prefers, but does not insist on, weighted affinity', async () => {
    const cluster = await clusterWith(2)
    const preferred: Affinity = {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: term()}],
      },
    }
    const placed = await schedule(cluster, ...['a', 'b', 'c'].map(name => pod(name, {affinity: preferred})))
    expect(placed[0]).not.toBe(placed[1])
    expect(placed[2]).toBeDefined()
  })

  it('follows node selectors and required node affinity', async () => {
    const cluster = new Cluster()
    addNode(cluster, 'one', {zone: 'a'})
    addNode(cluster, 'two', {zone: 'b'})
    await cluster.start(startScheduler)
    const zone = {key: 'topology.kubernetes.io/zone', operator: 'NotIn', values: ['a']}
    const required = {nodeSelectorTerms: [{matchExpressions: [zone]}]}
    const affinity = {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: required}}
    const selected = pod('a', {nodeSelector: {'topology.kubernetes.io/zone': 'a'}})
    expect(await schedule(cluster, selected, pod('b', {affinity}))).toEqual(['one', 'two'])
  })

  it('tolerates a taint only when the pod says so', async () => {
    const cluster = await clusterWith(1, {taint: 'dedicated'})
    const tolerant = pod('a', {tolerations: [{key: 'dedicated', operator: 'Exists'}]})
    expect(await schedule(cluster, tolerant, pod('b'))).toEqual(['node-0', undefined])
  })

  it('leaves pods of other schedulers alone', async () => {
    const cluster = await clusterWith(1)
    expect(await schedule(cluster, pod('a', {schedulerName: 'mine'}))).toEqual([undefined])
  })
})

describe('topology spread', () => {
  const spread = (constraint: Partial<TopologySpreadConstraint> = {}): Partial<PodSpec> => ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: {matchLabels: {app: 'db'}},
        ...constraint,
      },
    ],
  })

  const zones = async (): Promise<Cluster> => {
    const cluster = new Cluster()
    addNode(cluster, 'a1', {zone: 'a'})
    addNode(cluster, 'a2', {zone: 'a'})
    addNode(cluster, 'b1', {zone: 'b', pods: '1'})
    return cluster.start(startScheduler)
  }

  it('holds a pod back that would make one zone fuller than the skew allows', async () => {
    const cluster = await zones()
    const placed = await schedule(cluster, ...['a', 'b', 'c', 'd'].map(name => pod(name, spread())))
    expect(placed.filter(node => node?.startsWith('a'))).toHaveLength(2)
    expect(placed.filter(node => node === 'b1')).toHaveLength(1)
    expect(placed[3]).toBeUndefined()
    expect(refusal(cluster, 'd')).toContain("2 node(s) didn't match pod topology spread constraints")
  })

  it('only prefers balance with ScheduleAnyway', async () => {
    const cluster = await zones()
    const soft = spread({whenUnsatisfiable: 'ScheduleAnyway'})
    const placed = await schedule(cluster, ...['a', 'b', 'c', 'd'].map(name => pod(name, soft)))
    expect(placed).not.toContain(undefined)
    expect(placed.slice(0, 2)).toContain('b1')
  })

  it('with too few domains counts the least crowded as empty', async () => {
    const cluster = await zones()
    const placed = await schedule(cluster, ...['a', 'b', 'c'].map(name => pod(name, spread({minDomains: 3}))))
    expect(placed[2]).toBeUndefined()
  })

  it('names nodes that lack the label', async () => {
    const cluster = await clusterWith(1)
    await schedule(cluster, pod('a', spread()))
    expect(refusal(cluster, 'a')).toContain('(missing required label)')
  })
})
