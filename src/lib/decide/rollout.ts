import {type InstanceSeen, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {Action} from './decision.ts'
import {replicasMayFollow, runsBehind, waitsForLeader} from './restarts.ts'

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

/** A leader that hands over to a replica further behind than this would keep clients waiting for it. */
const mostLagBytes = 16 * 1024 * 1024

function lagOf(seen: Observed, {name}: InstanceSeen): number {
  const sql = seen.answers.sql
  const replica = sql?.known ? sql.value.replicas.find(one => one.name === `${name}-0`) : undefined
  return replica?.receiveLagBytes ?? 0
}

/**
 * The replica that may take over: one that streams and is not behind, among them the one that is least so,
 * and the synchronous one where there is one, since Patroni lets no other.
 */
export function heirOf(
  seen: Observed,
  leader: InstanceSeen,
  suits: (instance: InstanceSeen) => boolean,
): InstanceSeen | undefined {
  return seen.instances
    .filter(instance => instance.name !== leader.name && isHealthy(seen, instance) && suits(instance))
    .filter(instance => lagOf(seen, instance) <= mostLagBytes)
    .filter(({name}) => seen.sync === undefined || seen.sync.standbys.includes(`${name}-0`))
    .sort((one, other) => lagOf(seen, one) - lagOf(seen, other))[0]
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
    if (seen.instances.length > 1 && replicasMayFollow(seen)) {
      return {outdated, actions: [], waiting: 'replicas may need the restart first'}
    }
    const action: Action = {kind: 'restart-pending', pod: pod.name, role: 'primary', member: pod.name}
    return {outdated, actions: [action], waiting: `${leader.name} restarts Postgres`}
  }
  if (seen.instances.length === 1) {
    return {outdated, actions: rollReplica(leader), waiting: `${leader.name} restarts; writes pause`}
  }
  const candidate = heirOf(seen, leader, instance => !isOutdated(instance))
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
  const unread = seen.instances.find(({statefulSet}) => statefulSet?.current === false)
  if (unread) {
    const outdated = [...new Set([...due, unread])].map(instance => instance.name)
    return {outdated, actions: [], waiting: `Kubernetes has yet to take up the change of ${unread.name}`}
  }
  const leader = leaderOf(seen)
  if (due.length === 0) {
    // Within a loop of Patroni it tells of the restart that a changed parameter needs.
    if (leader === undefined || !replicasMayFollow(seen) || !runsBehind(seen)) return none
    return {outdated: [leader.name], actions: [], waiting: 'Patroni has yet to tell who needs a restart'}
  }
  const outdated = due.map(instance => instance.name)
  if (seen.config?.configuration?.['pause'] === true) {
    return {outdated, actions: [], waiting: `Patroni is paused: patronictl resume ${seen.cluster}-ha`}
  }
  // Who holds the lock serves, whatever its probes say at the moment: it goes last, by a switchover.
  const broken = due.find(
    instance =>
      instance.name !== leader?.name &&
      isOutdated(instance) &&
      !isHealthy(seen, instance) &&
      !instance.pod?.deleting,
  )
  if (broken) return {outdated, actions: rollReplica(broken), waiting: `${broken.name} is made anew`}
  const absent = seen.instances.find(instance => !isHealthy(seen, instance))
  if (absent) return {outdated, actions: [], waiting: `${absent.name} must serve again before the next one`}
  const replica = due.find(
    instance => instance.name !== leader?.name && (isOutdated(instance) || !waitsForLeader(seen, instance)),
  )
  if (replica) return {outdated, actions: rollReplica(replica), waiting: `${replica.name} restarts`}
  if (leader === undefined) return {outdated, actions: [], waiting: 'no instance leads'}
  if (!due.includes(leader)) {
    return {outdated, actions: [], waiting: `Patroni has yet to tell that ${leader.name} needs a restart`}
  }
  return {...rollLeader(seen, leader), outdated}
}

/**
 * Pods of an older template in which Postgres does not run, while nobody leads: they are in the way of the
 * template that may mend it, and their end costs nothing. One at a time.
 */
export function replaceStuck(seen: Observed): Action[] {
  const stuck = seen.instances.find(
    instance =>
      isOutdated(instance) &&
      instance.pod?.deleting === false &&
      instance.pod.containers.every(({name, running}) => name !== 'database' || !running),
  )
  return stuck === undefined ? [] : rollReplica(stuck)
}
