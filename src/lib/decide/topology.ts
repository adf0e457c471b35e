import type {CompleteCluster, DocumentStatus} from '../model/document.ts'
import type {Images} from '../model/images.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {text} from '../observe/fields.ts'
import {findObject, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {ObjectRef} from '../ports.ts'
import type {Facts, InstanceFacts, Owner} from '../render/facts.ts'
import type {Action} from './decision.ts'
import {planInstances} from './instances.ts'

/** Which instances there are to be, which run, and what has to go; with the steps that must come first. */
export interface Topology {
  instances: readonly InstanceFacts[]
  prune: readonly ObjectRef[]
  actions: readonly Action[]
  waiting: string | undefined
}

const idle = {actions: [], prune: [], waiting: undefined}

/** An instance's own objects but its volumes: those are kept until someone purges them by name. */
function objectsOfInstance(namespace: string, instance: string): ObjectRef[] {
  const names = instanceNames(instance)
  return [
    {apiVersion: 'apps/v1', kind: 'StatefulSet', name: instance, namespace},
    {apiVersion: 'v1', kind: 'ConfigMap', name: names.configMap, namespace},
    {apiVersion: 'v1', kind: 'Secret', name: names.certsSecret, namespace},
  ]
}

/** A leader that has to go hands over first. */
function handOver(seen: Observed, leaving: ReadonlySet<string>): Action[] | undefined {
  const leader = leaderOf(seen)
  if (leader?.pod === undefined || !leaving.has(leader.name)) return undefined
  const heir = seen.instances.find(
    // Patroni says `running` of the state of a replica that streams.
    ({name, pod, member}) =>
      !leaving.has(name) && pod?.ready === true && member?.replicationState === 'streaming',
  )
  if (heir?.pod === undefined) return []
  const timeline = leader.member?.timeline ?? 0
  const {name} = heir.pod
  return [{kind: 'switchover', pod: name, leader: leader.pod.name, candidate: name, timeline}]
}

/** The instance that must start first and alone: it has the newest data. */
const startsFirst = (status: DocumentStatus, seen: Observed): string | undefined =>
  seen.leadership.state === 'held' ? undefined : status.startupInstance

export function planTopology(document: CompleteCluster, status: DocumentStatus, seen: Observed): Topology {
  const {spec} = document
  const leader = leaderOf(seen)
  const found = seen.instances
    .filter(({statefulSet}) => statefulSet !== undefined && !statefulSet.deleting)
    .map(({name, set}) => ({name, set, leads: name === leader?.name}))
  const plan = planInstances(seen.cluster, spec.instances, found)
  const first = startsFirst(status, seen)
  const instances = plan.keep.map(({name, set}): InstanceFacts => {
    const running = !spec.shutdown && (first === undefined || first === name)
    return {name, set, running, bootstrap: 'initdb'}
  })
  if (spec.shutdown && leader !== undefined && status.startupInstance !== leader.name) {
    // Who had the newest data must be known before anything stops.
    const record: Action = {kind: 'record', status: {startupInstance: leader.name}}
    const stay = instances.map(instance => ({...instance, running: true}))
    return {...idle, instances: stay, actions: [record], waiting: 'the leader is noted'}
  }
  const started = !spec.shutdown && status.startupInstance !== undefined && leader !== undefined
  const actions: Action[] = started ? [{kind: 'record', status: {startupInstance: null}}] : []
  if (plan.remove.length === 0) return {...idle, instances, actions}
  const leaving = new Set(plan.remove.map(({name}) => name))
  const handing = handOver(seen, leaving)
  const going = plan.remove.filter(({name}) => handing === undefined || name !== leader?.name)
  return {
    instances,
    prune: going.flatMap(({name}) => objectsOfInstance(seen.namespace, name)),
    actions: [...actions, ...(handing ?? [])],
    waiting: `${[...leaving].join(', ')} ${leaving.size === 1 ? 'goes' : 'go'}`,
  }
}

export interface FactsInput {
  seen: Observed
  topology: Topology
  images: Images
  clusterDomain: string
  owner: Owner | undefined
  replicaCreateReady: boolean
}

export function factsOf({seen, topology, ...rest}: FactsInput): Facts {
  const service = findObject(seen, 'Service', clusterNames(seen.cluster).ha)
  const ip = text(service, 'spec', 'clusterIP')
  return {
    namespace: seen.namespace,
    instances: topology.instances,
    haServiceIp: ip === undefined || ip === 'None' || ip === '' ? undefined : ip,
    ...rest,
  }
}
