import type {InstanceSeen, Observed} from '../observe/snapshot.ts'
import {leaderOf} from '../observe/snapshot.ts'
import type {Action} from './decision.ts'

/** What keeps instances from being what the document says, and the one next step. */
export interface Rollout {
  /** Instances that still run an older pod template, or parameters that need a restart. */
  outdated: readonly string[]
  actions: readonly Action[]
  waiting: string | undefined
}

const none: Rollout = {outdated: [], actions: [], waiting: undefined}

/** True when the pod was made from an older template than its StatefulSet holds now. */
export function isOutdated({statefulSet, pod}: InstanceSeen): boolean {
  if (statefulSet === undefined || pod === undefined || !statefulSet.current) return false
  return statefulSet.updateRevision !== undefined && pod.revision !== statefulSet.updateRevision
}

const needsRestart = (instance: InstanceSeen): boolean => instance.member?.pendingRestart !== undefined

/** Serves as it should: a leader that runs, a replica that streams. */
export function isHealthy(seen: Observed, instance: InstanceSeen): boolean {
  const {pod, member} = instance
  if (pod === undefined || pod.deleting || !pod.ready || member === undefined) return false
  if (leaderOf(seen)?.name === instance.name) return member.state === 'running'
  const sql = seen.answers.sql
  if (sql?.known)
    return sql.value.replicas.some(replica => replica.name === pod.name && replica.state === 'streaming')
  return member.state === 'streaming' || member.replicationState === 'streaming'
}

/** A replica that may take over: healthy, up to date, and the synchronous one where there is one. */
function candidateFor(seen: Observed, leader: InstanceSeen): InstanceSeen | undefined {
  const able = seen.instances.filter(
    instance => instance.name !== leader.name && isHealthy(seen, instance) && !isOutdated(instance),
  )
  if (seen.sync === undefined) return able[0]
  return able.find(instance => seen.sync?.standbys.includes(`${instance.name}-0`))
}

function rollReplica(instance: InstanceSeen): Action[] {
  const {pod} = instance
  if (pod === undefined) return []
  if (isOutdated(instance)) {
    const {name, uid, resourceVersion} = pod
    return [{kind: 'delete-pod', pod: name, uid, resourceVersion, why: 'its template changed'}]
  }
  return [{kind: 'restart-pending', pod: pod.name, role: 'replica', member: pod.name}]
}

function rollLeader(seen: Observed, leader: InstanceSeen): Rollout {
  const outdated = [leader.name]
  const {pod} = leader
  if (pod === undefined) return {outdated, actions: [], waiting: undefined}
  if (!isOutdated(leader)) {
    const action: Action = {kind: 'restart-pending', pod: pod.name, role: 'primary', member: pod.name}
    return {outdated, actions: [action], waiting: `${leader.name} restarts Postgres`}
  }
  if (seen.instances.length === 1) {
    return {outdated, actions: rollReplica(leader), waiting: `${leader.name} restarts; writes pause`}
  }
  const candidate = candidateFor(seen, leader)
  if (candidate?.pod === undefined) {
    return {outdated, actions: [], waiting: `no replica is ready to take over from ${leader.name}`}
  }
  const action: Action = {
    kind: 'switchover',
    pod: candidate.pod.name,
    leader: pod.name,
    candidate: candidate.pod.name,
    timeline: leader.member?.timeline ?? 0,
  }
  return {outdated, actions: [action], waiting: `switching over from ${leader.name} to ${candidate.name}`}
}

/**
 * Brings instances up to date one at a time: what does not serve anyway first, then replicas, the leader
 * last and only after a switchover. Never touches an instance while another does not serve.
 */
export function rollout(seen: Observed): Rollout {
  const due = seen.instances.filter(instance => isOutdated(instance) || needsRestart(instance))
  if (due.length === 0) return none
  const outdated = due.map(instance => instance.name)
  const broken = due.find(
    instance => isOutdated(instance) && !isHealthy(seen, instance) && !instance.pod?.deleting,
  )
  if (broken) return {outdated, actions: rollReplica(broken), waiting: `${broken.name} is made anew`}
  const absent = seen.instances.find(instance => !isHealthy(seen, instance))
  if (absent) return {outdated, actions: [], waiting: `${absent.name} must serve again before the next one`}
  const leader = leaderOf(seen)
  const replica = due.find(instance => instance.name !== leader?.name)
  if (replica) return {outdated, actions: rollReplica(replica), waiting: `${replica.name} restarts`}
  return leader
    ? {...rollLeader(seen, leader), outdated}
    : {outdated, actions: [], waiting: 'no instance leads'}
}
