import type {BackupSet} from './backup-set.ts'

/** Where recovery is to stop. */
export type RestorePoint =
  /** The end of the archive. */
  | {kind: 'latest'}
  | {kind: 'time'; at: Date}
  /** As soon as this set is consistent. */
  | {kind: 'backup'; label: string}
  /** `0/5000060` */
  | {kind: 'lsn'; lsn: string}
  /** Decimal digits. */
  | {kind: 'xid'; xid: string}
  /** What `pg_create_restore_point` was given. */
  | {kind: 'name'; name: string}

export interface RestoreTarget {
  point: RestorePoint
  /** The timeline to follow; the present one where none is named. */
  timeline?: number
  /** Only sets of this repository. */
  repo?: number
  /** This set and no other. */
  set?: string
}

/** Why a target is out of reach. */
export type UnreachableKind =
  /** The future, or past what the archive holds. */
  | 'after-end'
  | 'before-start'
  /** WAL is missing between every usable set and the target. */
  | 'gap'
  /** That moment was undone by a restore: it is on a timeline that ended. */
  | 'other-timeline'
  | 'unknown-set'
  /** The set is damaged, lacks a set it refers to, or lacks WAL of its own. */
  | 'unusable-set'
  | 'unknown-timeline'
  | 'malformed'
  | 'no-backups'

export interface ReachableChoice {
  reachable: true
  set: BackupSet
  /** The timeline to recover along. */
  timeline: number
  /** The first WAL file that recovery needs. */
  walFrom: string
  /** The last one; null where it is not archived yet or cannot be known beforehand. */
  walTo: string | null
  /** The target may lie in WAL that the archive does not have yet: switch WAL and wait for it first. */
  needsSwitch: boolean
  /** False where only recovery itself can tell whether the target is there: xid, name, or WAL that came late. */
  certain: boolean
  /** What a person should know: a damaged set was asked for, a timeline is not the present one. */
  notes: readonly string[]
}

export interface UnreachableChoice {
  reachable: false
  kind: UnreachableKind
  /** One sentence without a full stop. */
  reason: string
  /** The nearest moments that can be restored, where the target is a time. */
  nearest: {before: Date | undefined; after: Date | undefined}
  /** A timeline on which the target is reachable after all. */
  timeline: number | undefined
}

export type RestoreChoice = ReachableChoice | UnreachableChoice
