import type {BackupSet} from '../pgbackrest/backup-set.ts'
import type {StanzaInfo} from '../pgbackrest/info.ts'

/** One backup as scripts get it. Times RFC 3339 UTC, sizes bytes. */
export interface Backup {
  apiVersion: 'pgk/v1'
  kind: 'Backup'
  label: string
  type: 'full' | 'diff' | 'incr'
  repo: string
  startedAt: string
  finishedAt: string
  durationSeconds: number
  /** The whole database. */
  sizeBytes: number | null
  /** What this backup itself had to copy. */
  deltaBytes: number | null
  /** What it takes in the repository. */
  repoSizeBytes: number | null
  walStart: string | null
  walStop: string | null
  lsnStart: string | null
  lsnStop: string | null
  timeline: number | null
  /** The sets that it needs, oldest first. */
  references: readonly string[]
  annotations: Readonly<Record<string, string>>
  /** Why it is not to be trusted, or null. */
  error: string | null
  /** When `backup verify` last read all of it, and whether all was well; null when never. */
  verified: {at: string; valid: boolean} | null
}

export interface BackupList {
  apiVersion: 'pgk/v1'
  kind: 'BackupList'
  metadata: {name: string; namespace: string}
  items: readonly Backup[]
  /** Repositories that could not be read, and those without a stanza. */
  problems: readonly {repo: string; reason: string}[]
}

/** What is remembered of a check of one set. */
export interface Verified {
  repo: string
  label: string
  at: string
  valid: boolean
}

export function backupOf(set: BackupSet, sets: readonly BackupSet[], verified: readonly Verified[]): Backup {
  const repo = `repo${set.repo}`
  const labels = new Set(sets.filter(one => one.repo === set.repo).map(one => one.label))
  const gone = set.references.filter(label => !labels.has(label))
  const checked = verified.find(one => one.repo === repo && one.label === set.label)
  const errors = [
    ...(set.damaged ? ['page checksums failed'] : []),
    ...(gone.length > 0 ? [`it needs ${gone.join(', ')}, which is gone`] : []),
  ]
  return {
    apiVersion: 'pgk/v1',
    kind: 'Backup',
    label: set.label,
    type: set.type,
    repo,
    startedAt: set.startedAt.toISOString(),
    finishedAt: set.finishedAt.toISOString(),
    durationSeconds: (set.finishedAt.getTime() - set.startedAt.getTime()) / 1000,
    sizeBytes: set.sizeBytes ?? null,
    deltaBytes: set.deltaBytes ?? null,
    repoSizeBytes: set.repoDeltaBytes ?? set.repoSizeBytes ?? null,
    walStart: set.walStart ?? null,
    walStop: set.walStop ?? null,
    lsnStart: set.lsnStart ?? null,
    lsnStop: set.lsnStop ?? null,
    timeline: set.timeline ?? null,
    references: set.references,
    annotations: set.annotations,
    error: errors.length === 0 ? null : errors.join('; '),
    verified: checked === undefined ? null : {at: checked.at, valid: checked.valid},
  }
}

/** Every backup of every repository, oldest first. */
export function backupList(
  metadata: {name: string; namespace: string},
  info: StanzaInfo,
  verified: readonly Verified[],
): BackupList {
  const bad = info.repos.filter(({state}) => state !== 'ok' && state !== 'no-valid-backups')
  return {
    apiVersion: 'pgk/v1',
    kind: 'BackupList',
    metadata,
    items: info.backups.map(set => backupOf(set, info.backups, verified)),
    problems: bad.map(({number, message}) => ({repo: `repo${number}`, reason: message})),
  }
}
