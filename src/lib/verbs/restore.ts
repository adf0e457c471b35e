import {type PgkError, refusedError, usageError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {placeText, storePlace} from '../model/repo-place.ts'
import type {Observed} from '../observe/snapshot.ts'
import {chooseRestore} from '../pgbackrest/choose-restore.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import type {ReachableChoice, RestorePoint, UnreachableChoice} from '../pgbackrest/targets.ts'
import {afterSwitch} from './after-switch.ts'
import {wayBack} from './restore-record.ts'
import type {Wanted} from './restore-target.ts'

/** The result of `--plan`, and what is shown before every restore. */
export interface RestorePlan {
  apiVersion: 'pgk/v1'
  kind: 'RestorePlan'
  metadata: {name: string; namespace: string}
  /** The bucket, where no cluster is the source. */
  from: string | null
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

/** Where a cluster's backups go, for a sentence. */
function ownRepos({spec}: CompleteCluster): string {
  const {repos = [], global} = spec.backups?.pgbackrest ?? {}
  const places = repos.map(repo => {
    const place = storePlace(repo, global)
    const size = repo.volume?.volumeClaimSpec.resources.requests.storage
    return place === undefined ? `a volume of ${size ?? 'its own'}` : placeText(place)
  })
  return places.length === 0 ? 'nowhere: it has none' : places.join(' and ')
}

function consequencesOf(
  wanted: Wanted,
  {document, seen, from}: PlanLook,
  choice: ReachableChoice,
  into: Destination,
): string[] {
  if (from !== undefined) {
    return [
      `Makes the new cluster ${into.cluster} in namespace ${into.namespace} from ${from}, which is only read.`,
      `Its own backups go to ${ownRepos(document)}.`,
      'Its users get new passwords, in Secrets of their own.',
    ]
  }
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
          `${replicas === 1 ? 'The replica stops and is' : `The ${replicas} replicas stop and are`} rewound to the restored state, or made anew from it.`,
        ]
      : []),
    'A new timeline begins, with a full backup of its own; backups and WAL of before stay restorable until they expire.',
    wayBack(document, seen),
  ]
}

/** What a plan is made from. */
export interface PlanLook {
  document: CompleteCluster
  seen: Observed
  facts: RecoveryFacts
  /** The bucket, where no cluster is the source. */
  from?: string
}

/** Pure. What restoring to a target would mean. */
export function planRestore(
  wanted: Wanted,
  look: PlanLook,
  into: Destination,
): RestorePlan & {choice: ReachableChoice | UnreachableChoice} {
  const {seen, facts, document, from} = look
  const {point} = wanted.target
  const choice = chooseRestore(wanted.target, afterSwitch(facts, seen))
  const known = {
    apiVersion: 'pgk/v1',
    kind: 'RestorePlan',
    metadata: {name: seen.cluster, namespace: seen.namespace},
    from: from ?? null,
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
      consequences: consequencesOf(wanted, look, choice, into),
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
  cluster: string,
  told = {object: `cluster ${cluster}`, hint: `What can be restored: pgk backup window ${cluster}`},
): PgkError {
  const {before, after} = choice.nearest
  const hints = [
    ...(before === undefined ? [] : [`The nearest moment before it: --pitr ${before.toISOString()}`]),
    ...(after === undefined ? [] : [`The nearest moment after it: --pitr ${after.toISOString()}`]),
    ...(choice.kind === 'other-timeline' && choice.timeline !== undefined
      ? [`It is on another timeline: add --timeline ${choice.timeline}`]
      : []),
    told.hint,
  ]
  const details = {object: told.object, reason: choice.reason, hints}
  return choice.kind === 'malformed'
    ? usageError('TARGET_INVALID', 'the target is malformed', details)
    : refusedError('TARGET_UNREACHABLE', 'the target cannot be restored; nothing was touched', details)
}
