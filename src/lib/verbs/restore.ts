import {type PgkError, refusedError, usageError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import type {CompleteCluster} from '../model/document.ts'
import {leaderOf, type Observed} from '../observe/snapshot.ts'
import {chooseRestore} from '../pgbackrest/choose-restore.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import type {ReachableChoice, RestorePoint, UnreachableChoice} from '../pgbackrest/targets.ts'
import {afterSwitch} from './after-switch.ts'
import {restoreOptions, type Wanted} from './restore-target.ts'

/** The result of `--plan`, and what is shown before every restore. */
export interface RestorePlan {
  apiVersion: 'pgk/v1'
  kind: 'RestorePlan'
  metadata: {name: string; namespace: string}
  target: {kind: RestorePoint['kind']; value: string | null; utc: string | null; exclusive: boolean}
  reachable: boolean
  /** Why not; null where it is. */
  reason: string | null
  nearest: {before: string | null; after: string | null}
  repo: string | null
  set: string | null
  timeline: number | null
  walFrom: string | null
  walTo: string | null
  sizeBytes: number | null
  /** Null where only recovery itself can tell whether the target exists. */
  certain: boolean | null
  /** What the last drill took to restore and recover; null where none was held. */
  estimatedSeconds: number | null
  loses: {since: string | null; approximateTransactions: number | null}
  into: {cluster: string; namespace: string; inPlace: boolean}
  consequences: readonly string[]
  notes: readonly string[]
}

export interface Destination {
  cluster: string
  namespace: string
  inPlace: boolean
}

const pointValue = (point: RestorePoint): string | null => {
  switch (point.kind) {
    case 'time':
      return point.at.toISOString()
    case 'latest':
      return null
    case 'backup':
      return point.label
    case 'lsn':
      return point.lsn
    case 'xid':
      return point.xid
    case 'name':
      return point.name
  }
}

/** From when on the cluster forgets what was committed; null where nothing or nobody can tell. */
function losesSince(point: RestorePoint, choice: ReachableChoice): string | null {
  if (point.kind === 'time') return point.at.toISOString()
  return point.kind === 'backup' ? choice.set.finishedAt.toISOString() : null
}

function consequencesOf(
  wanted: Wanted,
  seen: Observed,
  choice: ReachableChoice,
  into: Destination,
): string[] {
  if (!into.inPlace) {
    return [
      `Makes the new cluster ${into.cluster} in namespace ${into.namespace}; ${seen.cluster} goes on and is only read.`,
      'Its users get new passwords, in Secrets of their own.',
    ]
  }
  const {point} = wanted.target
  const since = losesSince(point, choice)
  const what =
    point.kind === 'latest'
      ? `The data becomes that of the end of timeline ${choice.timeline}.`
      : `LOST from the cluster: every change ${since === null ? 'after the target' : `after ${since}`}.`
  const replicas = seen.instances.length - 1
  return [
    what,
    'Every connection ends; nobody can read or write until the restored instance leads.',
    ...(replicas > 0
      ? [
          replicas === 1
            ? 'The replica stops and is rewound to the restored state.'
            : `The ${replicas} replicas stop and are rewound to the restored state.`,
        ]
      : []),
    'A new timeline begins, with a full backup of its own; backups and WAL of before stay restorable until they expire.',
    'If the target turns out not to be reachable, the present data comes back by itself.',
  ]
}

/** What a plan is made from. */
export interface PlanLook {
  document: CompleteCluster
  seen: Observed
  facts: RecoveryFacts
}

/** Pure. What restoring to a target would mean. */
export function planRestore(
  wanted: Wanted,
  {seen, facts, document}: PlanLook,
  into: Destination,
): RestorePlan & {choice: ReachableChoice | UnreachableChoice} {
  const {point} = wanted.target
  const choice = chooseRestore(wanted.target, afterSwitch(facts, seen))
  const known = {
    apiVersion: 'pgk/v1',
    kind: 'RestorePlan',
    metadata: {name: seen.cluster, namespace: seen.namespace},
    target: {
      kind: point.kind,
      value: pointValue(point),
      utc: point.kind === 'time' ? point.at.toISOString() : null,
      exclusive: wanted.exclusive,
    },
    into,
    choice,
  } as const
  if (choice.reachable) {
    return {
      ...known,
      reachable: true,
      reason: null,
      nearest: {before: null, after: null},
      repo: `repo${choice.set.repo}`,
      set: choice.set.label,
      timeline: choice.timeline,
      walFrom: choice.walFrom,
      walTo: choice.walTo,
      sizeBytes: choice.set.sizeBytes ?? null,
      certain: choice.certain,
      estimatedSeconds: document.status?.drill?.recoverySeconds ?? null,
      loses: {since: losesSince(point, choice), approximateTransactions: null},
      consequences: consequencesOf(wanted, seen, choice, into),
      notes: choice.notes,
    }
  }
  const {before, after} = choice.nearest
  return {
    ...known,
    reachable: false,
    reason: choice.reason,
    nearest: {before: before?.toISOString() ?? null, after: after?.toISOString() ?? null},
    repo: null,
    set: null,
    timeline: choice.timeline ?? null,
    walFrom: null,
    walTo: null,
    sizeBytes: null,
    certain: null,
    estimatedSeconds: null,
    loses: {since: null, approximateTransactions: null},
    consequences: [],
    notes: [],
  }
}

/** The plan with what was counted of the transactions that it loses. */
export const withLost = (plan: RestorePlan, transactions: number | undefined): RestorePlan =>
  transactions === undefined ? plan : {...plan, loses: {...plan.loses, approximateTransactions: transactions}}

/** The refusal of a target that cannot be reached; nothing has been touched. */
export function unreachableError(
  choice: UnreachableChoice,
  ref: {name: string; namespace: string},
): PgkError {
  const {before, after} = choice.nearest
  const hints = [
    ...(before === undefined ? [] : [`The nearest moment before it: --pitr ${before.toISOString()}`]),
    ...(after === undefined ? [] : [`The nearest moment after it: --pitr ${after.toISOString()}`]),
    ...(choice.kind === 'other-timeline' && choice.timeline !== undefined
      ? [`It is on another timeline: add --timeline ${choice.timeline}`]
      : []),
    `What can be restored: pgk backup window ${clusterWords(ref)}`,
  ]
  const details = {object: `cluster ${ref.namespace}/${ref.name}`, reason: choice.reason, hints}
  return choice.kind === 'malformed'
    ? usageError('TARGET_INVALID', 'the target is malformed', details)
    : refusedError('TARGET_UNREACHABLE', 'the target cannot be restored; nothing was touched', details)
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

/** Half as much again is kept free, since recovery writes too. */
const roomFactor = 1.5

/** True when the instance's volume can hold the present data directory beside the restored one. */
function hasRoom(document: CompleteCluster, seen: Observed, instance: string, sizeBytes: number): boolean {
  const set = seen.instances.find(({name}) => name === instance)?.set
  const ownWal = document.spec.instances.find(({name}) => name === set)?.walVolumeClaimSpec !== undefined
  const disk = seen.answers.disks.get(instance)
  if (ownWal || disk === undefined) return !ownWal
  return disk.totalBytes - disk.usedBytes > sizeBytes * roomFactor
}

/** Pure. What is written down before the first effect of a restore in place. */
export function restoreRecord(
  wanted: Wanted,
  choice: ReachableChoice,
  {document, seen}: {document: CompleteCluster; seen: Observed},
  by: {id: string; who: string},
): RestoreRecord {
  const leader = leaderOf(seen)
  const remembered = seen.instances.find(({name}) => name === document.status?.startupInstance)
  const startup = leader ?? remembered ?? seen.instances[0]
  if (startup === undefined) {
    throw refusedError('NO_INSTANCES', 'there is no instance whose volume could be restored', {
      object: `cluster ${seen.cluster}`,
      hints: ['Restore into a new cluster instead: --to NEW'],
    })
  }
  const fromTimeline = leader?.member?.timeline
  const repo = `--repo=${choice.set.repo}`
  const kept = hasRoom(document, seen, startup.name, choice.set.sizeBytes ?? 0)
  return {
    ...by,
    kind: 'restore',
    phase: kept || leader === undefined ? 'stop' : 'safeguard',
    startedAt: seen.at.toISOString(),
    request: {
      text: wanted.text,
      startup: startup.name,
      set: startup.set,
      options: restoreOptions(wanted, choice.set, choice.timeline),
      returnOptions: [repo, '--type=default', `--target-timeline=${fromTimeline ?? 'latest'}`],
      ...(fromTimeline === undefined ? {} : {fromTimeline}),
      repo: `repo${choice.set.repo}`,
    },
  }
}
