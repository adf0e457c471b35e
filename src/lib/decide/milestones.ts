import type {WriteProbe} from '../observe/questions.ts'
import {type InstanceSeen, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {Milestone} from './decision.ts'
import type {Rollout} from './rollout.ts'
import type {Topology} from './topology.ts'

type Part = Pick<Milestone, 'id' | 'title'>

const at = (part: Part, state: Milestone['state'], detail?: string): Milestone => ({
  ...part,
  state,
  ...(detail === undefined || detail === '' ? {} : {detail}),
})

export function objectsMilestone(topology: Topology, seen: Observed): Milestone {
  const part = {id: 'objects', title: 'Objects'}
  const wanted = topology.instances.map(({name}) => name)
  const there = wanted.filter(name =>
    seen.instances.some(({name: found, statefulSet}) => found === name && statefulSet),
  )
  const total = [...seen.objects.values()].reduce((sum, objects) => sum + objects.length, 0)
  if (there.length < wanted.length) return at(part, 'active', `${there.length} of ${wanted.length} instances`)
  return at(part, 'done', `${total} objects, ${wanted.length} instance${wanted.length === 1 ? '' : 's'}`)
}

function podState({name, pod, member}: InstanceSeen): string {
  if (pod === undefined) return `${name} has no pod yet`
  if (pod.trouble) return `${name}: ${pod.trouble.message}`
  if (member) return `${name} is ${member.state}`
  return `${name} is ${pod.node === undefined ? 'unscheduled' : pod.phase.toLowerCase()}`
}

/** Done when the lock is held by an instance that says itself that it leads and runs. */
export function leaderMilestone(seen: Observed): Milestone {
  const part = {id: 'leader', title: 'Leader'}
  const leader = leaderOf(seen)
  if (leader?.member?.role === 'leader' && leader.member.state === 'running') {
    const {timeline} = leader.member
    return at(part, 'done', `${leader.name} leads${timeline === undefined ? '' : ` on timeline ${timeline}`}`)
  }
  if (seen.leadership.state === 'expired') {
    return at(part, 'active', `${seen.leadership.leader} holds the lock but does not renew it`)
  }
  return at(part, seen.instances.length === 0 ? 'pending' : 'active', seen.instances.map(podState).join(', '))
}

/** True when commits are to wait for a second instance; Patroni takes the values true, on and quorum. */
const isSynchronous = (seen: Observed): boolean =>
  [true, 'on', 'quorum'].some(value => seen.config?.configuration?.['synchronous_mode'] === value)

/**
 * Done when the leader itself lists every other instance as streaming and, in synchronous mode, Patroni has
 * named one that commits wait for: until then it acknowledges what only the leader has.
 */
export function replicasMilestone(topology: Topology, seen: Observed): Milestone {
  const part = {id: 'replicas', title: 'Replicas streaming'}
  const leader = leaderOf(seen)
  const running = topology.instances.filter(({running}) => running)
  const wanted = running.map(({name}) => `${name}-0`).filter(pod => pod !== leader?.pod?.name)
  if (leader !== undefined && wanted.length === 0) return at(part, 'done', 'a single instance')
  const sql = seen.answers.sql
  if (leader === undefined || sql === undefined) return at(part, 'pending')
  if (!sql.known) return at(part, 'active', `the leader does not answer: ${sql.reason}`)
  const streaming = sql.value.replicas.filter(({state}) => state === 'streaming').map(({name}) => name)
  const there = wanted.filter(pod => streaming.includes(pod))
  const detail = `${there.length} of ${wanted.length}`
  if (there.length < wanted.length || running.length < topology.instances.length)
    return at(part, 'active', detail)
  if (!isSynchronous(seen)) return at(part, 'done', detail)
  const standbys = seen.sync?.standbys ?? []
  if (standbys.length === 0) return at(part, 'active', `${detail}, no synchronous standby yet`)
  return at(part, 'done', `${detail}, synchronous ${standbys.join(', ')}`)
}

/** Undefined where no instance is outdated: nothing to tell. */
export function instancesMilestone(rolling: Rollout | undefined, seen: Observed): Milestone | undefined {
  const part = {id: 'instances', title: 'Instances up to date'}
  if (rolling === undefined) return at(part, 'active')
  if (rolling.outdated.length === 0) return undefined
  const fresh = seen.instances.length - rolling.outdated.length
  return at(part, 'active', `${fresh} of ${seen.instances.length}`)
}

/** Done when a commit through the primary Service was acknowledged in this very snapshot. */
export function writeMilestone(served: boolean, probe: WriteProbe | undefined, seen: Observed): Milestone {
  const part = {id: 'write', title: 'Write through the primary Service'}
  if (!served) return at(part, 'pending')
  if (probe === undefined) return at(part, 'done', 'not tried: no user with a database to try it with')
  const {write} = seen.answers
  if (write === undefined) return at(part, 'active')
  return write.known ? at(part, 'done', `committed through ${probe.host}`) : at(part, 'active', write.reason)
}
