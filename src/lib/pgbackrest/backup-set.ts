import type {BackupType} from '../model/names.ts'
import {field, listField, numberField, textField} from './json.ts'

/** One backup in one repository. Sizes are bytes. */
export interface BackupSet {
  /** `20261123-101500F`, with `_…D` or `_…I` after it for a differential or incremental. */
  label: string
  type: BackupType
  /** The number of the repository. */
  repo: number
  /** Which database of the stanza: the second number of its archive, `17-1`. */
  databaseId: number | undefined
  startedAt: Date
  /** From here on the backup is consistent. */
  finishedAt: Date
  walStart: string | undefined
  walStop: string | undefined
  lsnStart: string | undefined
  lsnStop: string | undefined
  /** Read from the first WAL segment. */
  timeline: number | undefined
  /** The whole database. */
  sizeBytes: number | undefined
  /** What this backup itself had to copy. */
  deltaBytes: number | undefined
  /** What a restore reads from the repository; not known with bundled files. */
  repoSizeBytes: number | undefined
  /** What this backup itself takes in the repository. */
  repoDeltaBytes: number | undefined
  /** True when page checksums failed during the backup. */
  damaged: boolean
  /** The backups that this one needs. */
  references: readonly string[]
  annotations: Readonly<Record<string, string>>
  pgbackrestVersion: string | undefined
}

const types: Readonly<Record<string, BackupType>> = {full: 'full', diff: 'diff', incr: 'incr'}

const epoch = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : new Date(seconds * 1000)

function timelineOf(segment: string | undefined): number | undefined {
  return segment !== undefined && /^[0-9A-F]{24}$/.test(segment)
    ? Number.parseInt(segment.slice(0, 8), 16)
    : undefined
}

function annotationsOf(backup: unknown): Record<string, string> {
  const found = field(backup, 'annotation')
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, String(value)]))
}

/** Undefined for anything that is no complete backup. */
export function parseBackupSet(backup: unknown): BackupSet | undefined {
  const label = textField(backup, 'label')
  const type = types[textField(backup, 'type') ?? '']
  const startedAt = epoch(numberField(backup, 'timestamp', 'start'))
  const finishedAt = epoch(numberField(backup, 'timestamp', 'stop'))
  if (label === undefined || type === undefined || startedAt === undefined || finishedAt === undefined) {
    return undefined
  }
  const walStart = textField(backup, 'archive', 'start')
  return {
    label,
    type,
    repo: numberField(backup, 'database', 'repo-key') ?? 1,
    databaseId: numberField(backup, 'database', 'id'),
    startedAt,
    finishedAt,
    walStart,
    walStop: textField(backup, 'archive', 'stop'),
    lsnStart: textField(backup, 'lsn', 'start'),
    lsnStop: textField(backup, 'lsn', 'stop'),
    timeline: timelineOf(walStart),
    sizeBytes: numberField(backup, 'info', 'size'),
    deltaBytes: numberField(backup, 'info', 'delta'),
    repoSizeBytes: numberField(backup, 'info', 'repository', 'size'),
    repoDeltaBytes: numberField(backup, 'info', 'repository', 'delta'),
    damaged: field(backup, 'error') === true,
    references: listField(backup, 'reference').filter(entry => typeof entry === 'string'),
    annotations: annotationsOf(backup),
    pgbackrestVersion: textField(backup, 'backrest', 'version'),
  }
}
