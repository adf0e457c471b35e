/** What recoverability needs to know of one backup set. */
export interface BackupPoint {
  label: string
  type: 'full' | 'diff' | 'incr'
  /** When the backup's data became consistent: its stop time. */
  finishedAt: Date
  damaged: boolean
}

/** The leader's archiver, from `pg_stat_archiver` and the write position. */
export interface ArchiveProgress {
  lastArchivedAt: Date | undefined
  lastFailedAt: Date | undefined
  /** Finished WAL segments that wait for the archive. */
  queued: number
  /** True when nothing was written since the last archived segment ended. */
  caughtUp: boolean
}

export interface RecoveryWindow {
  /** RFC 3339 UTC. Every moment from here … */
  start: string
  /** … to here can be restored. */
  end: string
  /** True while archiving goes on, so that `end` keeps moving. */
  open: boolean
  gaps: readonly {start: string; end: string}[]
}

export interface Recoverability {
  windows: readonly RecoveryWindow[]
  /** How much would be lost if every volume but the repository's vanished now; null when unknown. */
  rpoSeconds: number | null
  archiving: {state: 'ok' | 'failing' | 'idle' | 'unknown'; queued: number | null}
  lastBackup: {full: string | null; differential: string | null; incremental: string | null}
}

const last = (backups: readonly BackupPoint[], type: BackupPoint['type']): string | null => {
  const times = backups.filter(backup => backup.type === type).map(backup => backup.finishedAt.getTime())
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString()
}

function archiveState(archive: ArchiveProgress | undefined): Recoverability['archiving'] {
  if (archive === undefined) return {state: 'unknown', queued: null}
  const {lastArchivedAt, lastFailedAt, queued} = archive
  const failing =
    lastFailedAt !== undefined && (lastArchivedAt === undefined || lastFailedAt > lastArchivedAt)
  if (failing) return {state: 'failing', queued}
  return {state: lastArchivedAt === undefined ? 'idle' : 'ok', queued}
}

/**
 * From which to which moment the cluster can be restored. A window opens when the oldest sound full backup
 * became consistent and reaches to now while the archive has everything, else to the last archived segment.
 * `archive` undefined means that the leader could not be asked: the window then ends at the newest backup.
 */
export function recoverability(
  backups: readonly BackupPoint[],
  archive: ArchiveProgress | undefined,
  now: Date,
): Recoverability {
  const archiving = archiveState(archive)
  const lastBackup = {
    full: last(backups, 'full'),
    differential: last(backups, 'diff'),
    incremental: last(backups, 'incr'),
  }
  const sound = backups.filter(backup => !backup.damaged)
  const starts = sound.filter(backup => backup.type === 'full').map(backup => backup.finishedAt.getTime())
  const reached = archive?.caughtUp ? now : archive?.lastArchivedAt
  const rpoSeconds =
    reached === undefined ? null : Math.max(0, Math.round((now.getTime() - reached.getTime()) / 1000))
  if (starts.length === 0) return {windows: [], rpoSeconds: null, archiving, lastBackup}
  const start = Math.min(...starts)
  const newest = Math.max(...sound.map(backup => backup.finishedAt.getTime()))
  const end = new Date(Math.max(newest, reached?.getTime() ?? newest))
  const window: RecoveryWindow = {
    start: new Date(start).toISOString(),
    end: end.toISOString(),
    open: archiving.state === 'ok' || archive?.caughtUp === true,
    gaps: [],
  }
  return {windows: [window], rpoSeconds, archiving, lastBackup}
}
