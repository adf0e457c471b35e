import {type InstanceSeen, leaderOf, type Observed} from '../../observe/snapshot.ts'
import type {Action} from '../decision.ts'
import type {RestoreInput} from './step.ts'

/** Several loops of Patroni: what fails only once has then been tried again. */
const patienceSeconds = 45

/** The database container runs: what Patroni last said of the instance is true now. */
const speaks = ({pod}: InstanceSeen): boolean =>
  pod?.deleting === false && pod.containers.some(({name, running}) => name === 'database' && running)

/**
 * Patroni says `stopped` of a replica while it is being rewound, which takes as long as it takes. Where that
 * failed, Postgres does not start on what is there; where the data is no database any more, it calls the
 * instance uninitialized and leaves it alone.
 */
const isLost = ({member}: InstanceSeen): boolean =>
  member?.state === 'start failed' ||
  member?.state === 'crashed' ||
  (member?.state === 'stopped' && member.role === 'uninitialized')

const followers = ({seen, operation}: RestoreInput): InstanceSeen[] => {
  const leader = leaderOf(seen)
  return seen.instances.filter(
    instance =>
      instance.name !== leader?.name && instance.name !== operation.request.startup && speaks(instance),
  )
}

/** Replicas that still take up the restored data, or cannot: without them the restore is not over. */
export const behind = (input: RestoreInput): readonly string[] =>
  followers(input)
    .filter(one => isLost(one) || ['stopped', 'creating replica'].includes(one.member?.state ?? ''))
    .map(({name}) => name)

/** True for a leader that serves the restored data: it is what a replica is made anew from. */
function leads(seen: Observed, fromTimeline: number | undefined): boolean {
  const {role, state, timeline} = leaderOf(seen)?.member ?? {}
  return role === 'leader' && state === 'running' && timeline !== undefined && timeline > (fromTimeline ?? 0)
}

/**
 * Replicas that cannot be rewound are made anew. Their data is of before the restore, and all of that is in
 * the archive: it was archived before the instances stopped.
 */
export function reinitialise(input: RestoreInput): Action[] {
  const {seen, operation} = input
  const leader = leaderOf(seen)?.pod
  const {kind, request} = operation
  const paused = seen.config?.configuration?.['pause'] === true
  if (kind !== 'restore' || leader === undefined || paused || !leads(seen, request.fromTimeline)) return []
  return followers(input).flatMap(instance => {
    const {pod} = instance
    const isOld = pod !== undefined && seen.at.getTime() - Date.parse(pod.createdAt) > patienceSeconds * 1000
    return isOld && isLost(instance)
      ? [{kind: 'reinitialise', pod: leader.name, member: pod.name} satisfies Action]
      : []
  })
}
