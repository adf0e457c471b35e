import type {CompleteCluster, DocumentStatus} from '../model/document.ts'
import type {Images} from '../model/images.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {text} from '../observe/fields.ts'
import {findObject, type InstanceSeen, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {ObjectRef} from '../ports.ts'
import type {Facts, InstanceFacts, Owner} from '../render/facts.ts'
import type {Action} from './decision.ts'
import {planInstances} from './instances.ts'
import {bootstrapIn, restoreOf, runsIn} from './restore/request.ts'
import {heirOf, isHealthy} from './rollout.ts'

/** Which instances there are to be, which run, and what has to go; with the steps that must come first. */
export interface Topology {
  instances: readonly InstanceFacts[]
  /** What goes now. */
  prune: readonly ObjectRef[]
  /** What goes in the end, most of it not before those that stay serve. */
  leaving: readonly ObjectRef[]
  actions: readonly Action[]
  waiting: string | undefined
}

const idle = {actions: [], prune: [], leaving: [], waiting: undefined}

/** An instance's own objects but its volumes: those are kept until someone purges them by name. */
function objectsOfInstance(namespace: string, instance: string): ObjectRef[] {
  const names = instanceNames(instance)
  return [
    {apiVersion: 'apps/v1', kind: 'StatefulSet', name: instance, namespace},
    {apiVersion: 'v1', kind: 'ConfigMap', name: names.configMap, namespace},
    {apiVersion: 'v1', kind: 'Secret', name: names.certsSecret, namespace},
  ]
}

/** A leader that has to go hands over first; undefined while nobody can take over. */
function handOver(seen: Observed, leader: InstanceSeen, leaving: ReadonlySet<string>): Action[] {
  const heir = heirOf(seen, leader, ({name}) => !leaving.has(name))
  if (leader.pod === undefined || heir?.pod === undefined) return []
  const timeline = leader.member?.timeline ?? 0
  const {name} = heir.pod
  return [{kind: 'switchover', pod: name, leader: leader.pod.name, candidate: name, timeline}]
}

const andOthers = (names: readonly string[]): string =>
  `${names.join(', ')} ${names.length === 1 ? 'goes' : 'go'}`

/**
 * Instances go only while it is known who leads and those that stay all serve; the leader goes last, after
 * it has handed over. What does not serve anyway may go first.
 */
function departures(
  seen: Observed,
  keep: readonly string[],
  remove: readonly string[],
): Pick<Topology, 'actions' | 'prune' | 'waiting'> {
  const leader = leaderOf(seen)
  const leaving = new Set(remove)
  const found = (name: string): InstanceSeen | undefined => seen.instances.find(one => one.name === name)
  if (leader === undefined) {
    return {actions: [], prune: [], waiting: `${andOthers(remove)} once it is known who leads`}
  }
  const serves = (name: string): boolean => {
    const instance = found(name)
    return instance !== undefined && isHealthy(seen, instance)
  }
  const absent = keep.find(name => !serves(name))
  const going = remove.filter(name => name !== leader.name && (absent === undefined || !serves(name)))
  const prune = going.flatMap(name => objectsOfInstance(seen.namespace, name))
  if (absent !== undefined) {
    return {actions: [], prune, waiting: `${andOthers(remove)} once ${absent} serves`}
  }
  const actions = leaving.has(leader.name) ? handOver(seen, leader, leaving) : []
  return {actions, prune, waiting: andOthers(remove)}
}

/** The instance that must start first and alone: it has the newest data. */
const startsFirst = (status: DocumentStatus, seen: Observed): string | undefined =>
  seen.leadership.state === 'held' ? undefined : status.startupInstance

export function planTopology(document: CompleteCluster, status: DocumentStatus, seen: Observed): Topology {
  const {spec} = document
  const leader = leaderOf(seen)
  const found = seen.instances
    .filter(({statefulSet}) => statefulSet !== undefined && !statefulSet.deleting)
    .map(({name, set}) => ({name, set, leads: name === (leader?.name ?? status.startupInstance)}))
  const plan = planInstances(seen.cluster, spec.instances, found)
  const restore = restoreOf(status)
  if (restore !== undefined) {
    const instances = plan.keep.map(
      ({name, set}): InstanceFacts => ({
        name,
        set,
        running: runsIn(restore, name),
        bootstrap: bootstrapIn(restore, name),
      }),
    )
    // Nothing goes and nothing is remembered until the restore is over.
    return {...idle, instances}
  }
  const newest = startsFirst(status, seen)
  const first = [...plan.keep, ...plan.remove].some(({name}) => name === newest) ? newest : undefined
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
  const names = (list: readonly {name: string}[]): string[] => list.map(({name}) => name)
  const leave = departures(seen, names(plan.keep), names(plan.remove))
  const leaving = names(plan.remove).flatMap(name => objectsOfInstance(seen.namespace, name))
  return {instances, ...leave, leaving, actions: [...actions, ...leave.actions]}
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
