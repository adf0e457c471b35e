import {refusedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {type InstanceSeen, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {ReachableChoice} from '../pgbackrest/targets.ts'
import {restoreOptions, type Wanted} from './restore-target.ts'

interface Present {
  document: CompleteCluster
  seen: Observed
}

/** The record of a restore in place, as the document's status keeps it. */
export interface RestoreRecord {
  id: string
  kind: 'restore'
  request: Readonly<Record<string, unknown>>
  phase: 'safeguard' | 'stop'
  who: string
  startedAt: string
}

/** The script that does it wants a quarter more than the directory; here is some slack for what is written meanwhile. */
const roomFactor = 1.5

/** Why the instance's volume cannot hold the present data directory beside the restored one; undefined when it can. */
function obstacle(document: CompleteCluster, seen: Observed, instance: InstanceSeen): string | undefined {
  const ownWal = document.spec.instances.find(({name}) => name === instance.set)?.walVolumeClaimSpec
  const disk = seen.answers.disks.get(instance.name)
  if (ownWal !== undefined) return 'The WAL has a volume of its own, so the present data cannot be kept aside'
  if (disk === undefined) return `Whether ${instance.name} has room to keep the present data aside is unknown`
  const fits = disk.totalBytes - disk.usedBytes > disk.usedBytes * roomFactor
  return fits ? undefined : 'There is no room to keep the present data aside'
}

/** The instance that is restored: who leads, else who was remembered, else who got furthest by its own word. */
function startupOf({document, seen}: Present): InstanceSeen | undefined {
  const leader = leaderOf(seen)
  if (leader !== undefined) return leader
  const remembered = seen.instances.find(({name}) => name === document.status?.startupInstance)
  if (remembered !== undefined) return remembered
  const told = seen.instances.filter(({member}) => member?.timeline !== undefined)
  const place = ({member}: InstanceSeen): [number, number] => [
    member?.timeline ?? 0,
    member?.walLocation ?? 0,
  ]
  const [furthest] = told.toSorted((a, b) => {
    const [[timelineA, walA], [timelineB, walB]] = [place(a), place(b)]
    return timelineB - timelineA || walB - walA
  })
  return furthest ?? (seen.instances.length === 1 ? seen.instances[0] : undefined)
}

/** How the present data comes back when the target turns out not to be there. */
export function wayBack(document: CompleteCluster, seen: Observed): string {
  const failed = 'If the target turns out not to be reachable, the present data comes back by itself'
  const startup = startupOf({document, seen})
  if (startup === undefined) {
    return 'It is unknown which instance has the newest data, so a restore in place would be refused.'
  }
  const why = obstacle(document, seen, startup)
  if (why === undefined) return `${failed}.`
  return leaderOf(seen) === undefined
    ? `${why}, and no leader can back it up. ${failed}, but only as far as it is archived.`
    : `${why}: the present data is backed up first. ${failed}.`
}

/** Pure. What is written down before the first effect of a restore in place. */
export function restoreRecord(
  wanted: Wanted,
  choice: ReachableChoice,
  {document, seen}: Present,
  by: {id: string; who: string},
): RestoreRecord {
  const leader = leaderOf(seen)
  const startup = startupOf({document, seen})
  if (startup === undefined) {
    throw refusedError(
      'NO_INSTANCES',
      'it is unknown which instance has the newest data; nothing was touched',
      {
        object: `cluster ${seen.cluster}`,
        reason:
          seen.instances.length === 0
            ? 'there is no instance'
            : 'nobody leads, and no instance says how far it got',
        hints: ['Restore into a new cluster instead: --to NEW'],
      },
    )
  }
  const fromTimeline = startup.member?.timeline
  const repo = `--repo=${choice.set.repo}`
  const mustKeep = obstacle(document, seen, startup) === undefined
  return {
    ...by,
    kind: 'restore',
    phase: mustKeep || leader === undefined ? 'stop' : 'safeguard',
    startedAt: seen.at.toISOString(),
    request: {
      text: wanted.text,
      startup: startup.name,
      set: startup.set,
      options: restoreOptions(wanted, choice.set, choice.timeline),
      returnOptions: [repo, '--type=default', `--target-timeline=${fromTimeline ?? 'latest'}`],
      ...(fromTimeline === undefined ? {} : {fromTimeline}),
      repo: `repo${choice.set.repo}`,
      mustKeep,
    },
  }
}
