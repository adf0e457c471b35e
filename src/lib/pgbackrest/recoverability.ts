import {defaultSegmentBytes, segmentName, segmentOf} from './archive.ts'
import type {BackupSet} from './backup-set.ts'
import {
  type ArchiveProgress,
  indexWal,
  type Line,
  lineTo,
  present,
  presentTimeline,
  type RecoveryFacts,
  type Run,
  type Stretch,
  timelineAt,
  type WalIndex,
} from './lines.ts'

export interface RecoveryGap {
  /** RFC 3339 UTC. No moment between the two can be restored on this timeline. */
  start: string
  end: string
  /** `missing-wal`: the archive lacks files. `undone`: a restore went back behind these moments. */
  reason: 'missing-wal' | 'undone'
  /** The WAL files that are missing right after `start`. */
  missing: {first: string; last: string; count: number} | null
  /** The timeline on which these moments happened, where a restore went back behind them. */
  timeline: number | null
}

export interface RecoveryWindow {
  /** RFC 3339 UTC. Every moment from here … */
  start: string
  /** … to here can be restored, but for the gaps. */
  end: string
  /** True while archiving goes on, so that `end` keeps moving. */
  open: boolean
  timeline: number
  /** The repositories that hold a set from which the window is reached. */
  repos: readonly number[]
  /** Also what lies after `end`, where WAL goes on that no set connects to. */
  gaps: readonly RecoveryGap[]
}

export interface Recoverability {
  /** The present timeline first, then what only an abandoned one can give back. */
  windows: readonly RecoveryWindow[]
  /** How much would be lost if every volume but the repositories' vanished now; null when unknown. */
  rpoSeconds: number | null
  archiving: {state: 'ok' | 'failing' | 'idle' | 'unknown'; queued: number | null}
  lastBackup: {full: string | null; differential: string | null; incremental: string | null}
  /** When a restore was last proven by a drill; null when never. */
  lastProvenRestore: string | null
}

interface Interval {
  start: number
  end: number
}

function archiveState(archive: ArchiveProgress | undefined): Recoverability['archiving'] {
  if (archive === undefined) return {state: 'unknown', queued: null}
  const {lastArchivedAt, lastFailedAt, queued} = archive
  const failing =
    lastFailedAt !== undefined && (lastArchivedAt === undefined || lastFailedAt > lastArchivedAt)
  if (failing) return {state: 'failing', queued}
  return {state: lastArchivedAt === undefined ? 'idle' : 'ok', queued}
}

const iso = (time: number): string => new Date(time).toISOString()

/** Where the content of a timeline ends that a restore left: Postgres notes it, else the archive bounds it. */
function contentEnd(stretch: Stretch, before: Stretch, wal: WalIndex): number | undefined {
  const [, told] = /^(?:before|after) (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}.*)$/.exec(stretch.reason) ?? []
  const parsed = told === undefined ? Number.NaN : Date.parse(told.replace(/([+-]\d{2})$/, '$1:00'))
  if (!Number.isNaN(parsed)) return parsed
  const number = segmentOf(stretch.from, wal.segmentBytes)
  return (wal.archivedAt(before.timeline, number - 1) ?? wal.archivedAt(before.timeline, number))?.getTime()
}

/** A failover goes on where the old leader stopped; only a restore to a target goes back. */
const wentBack = ({reason}: Stretch): boolean => reason !== '' && !/no recovery target specified/.test(reason)

/** The moments of a line that a restore went back behind. */
export function undone(line: Pick<Line, 'stretches'>, wal: WalIndex): (Interval & {timeline: number})[] {
  return line.stretches.flatMap((stretch, index) => {
    const before = line.stretches[index - 1]
    if (before === undefined || !wentBack(stretch)) return []
    const start = contentEnd(stretch, before, wal)
    const end = wal.bornAt(stretch.timeline)?.getTime()
    if (start === undefined || end === undefined || end <= start) return []
    return [{start, end, timeline: before.timeline}]
  })
}

interface Reach extends Interval {
  run: Run
}

/** The times that each run of WAL makes reachable, in order. */
function intervals(line: Line): Reach[] {
  const found = line.runs.flatMap(run => {
    const [first] = line.sets.filter(set => set.run === run)
    if (first === undefined) return []
    const start = first.consistentAt.getTime()
    const last = Math.max(
      ...line.sets.filter(set => set.run === run).map(({consistentAt}) => consistentAt.getTime()),
    )
    return [{start, end: Math.max(run.endsAt.getTime(), last), run}]
  })
  return found.sort((left, right) => left.start - right.start)
}

function missingAfter(line: Line, run: Run, wal: WalIndex): RecoveryGap['missing'] {
  const next = line.runs[line.runs.indexOf(run) + 1]
  if (next === undefined) return null
  const name = (number: number): string =>
    segmentName(timelineAt(line.stretches, number, wal.segmentBytes), number, wal.segmentBytes)
  return {first: name(run.last + 1), last: name(next.first - 1), count: next.first - run.last - 1}
}

function gapsOf(line: Line, found: readonly Reach[], now: Date, wal: WalIndex): RecoveryGap[] {
  const missing = found.flatMap(({end, run}, index): RecoveryGap[] => {
    const next = found[index + 1]
    const lost = missingAfter(line, run, wal)
    // After the last interval there is a gap only where WAL goes on beyond a missing file.
    const until = next?.start ?? (lost === null ? undefined : now.getTime())
    if (until === undefined || until <= end) return []
    return [{start: iso(end), end: iso(until), reason: 'missing-wal', missing: lost, timeline: null}]
  })
  const first = found[0]?.start ?? 0
  const back = undone(line, wal)
    .filter(({end}) => end > first)
    .map(
      ({start, end, timeline}): RecoveryGap => ({
        start: iso(Math.max(start, first)),
        end: iso(end),
        reason: 'undone',
        missing: null,
        timeline,
      }),
    )
  return [...missing, ...back].sort((left, right) => left.start.localeCompare(right.start))
}

/** The window of a line from a moment on; undefined where nothing of it can be restored. */
function windowOf(line: Line, from: number, now: Date, wal: WalIndex): RecoveryWindow | undefined {
  const found = intervals(line)
    .filter(({end}) => end > from)
    .map(interval => ({...interval, start: Math.max(interval.start, from)}))
  const [first] = found
  const last = found.at(-1)
  if (first === undefined || last === undefined) return undefined
  return {
    start: iso(first.start),
    end: iso(last.end),
    open: false,
    timeline: line.timeline,
    repos: [...new Set(line.sets.map(({set}) => set.repo))].sort(),
    gaps: gapsOf(line, found, now, wal),
  }
}

/** Timelines with WAL or sets that the present line does not take in, each with when it parted. */
function abandoned(current: Line, facts: RecoveryFacts, wal: WalIndex): {timeline: number; from: number}[] {
  const known = new Set([...wal.ranges.keys(), ...facts.backups.flatMap(set => set.timeline ?? [])])
  return [...known]
    .filter(timeline => timeline !== current.timeline)
    .sort((left, right) => right - left)
    .flatMap(timeline => {
      const index = current.stretches.findIndex(stretch => stretch.timeline === timeline)
      const stretch = current.stretches[index]
      const next = current.stretches[index + 1]
      if (stretch === undefined || next === undefined) {
        return [{timeline, from: wal.bornAt(timeline)?.getTime() ?? 0}]
      }
      const left = segmentOf(next.from, wal.segmentBytes)
      const goesOn = (wal.ranges.get(timeline)?.last ?? 0) > left
      if (!goesOn && !wentBack(next)) return []
      const from = contentEnd(next, stretch, wal)
      return from === undefined ? [] : [{timeline, from}]
    })
}

/** The present line and the abandoned ones, newest first. */
export function linesOf(facts: RecoveryFacts): {
  wal: WalIndex
  current: Line
  others: readonly {line: Line; from: number}[]
} {
  const kept = present(facts)
  const wal = indexWal(kept.archives, facts.segmentBytes ?? defaultSegmentBytes)
  const current = lineTo(presentTimeline(facts, wal), facts, wal)
  const others = abandoned(current, {...facts, ...kept}, wal).map(({timeline, from}) => ({
    line: lineTo(timeline, facts, wal),
    from,
  }))
  return {wal, current, others}
}

const newest = (backups: readonly BackupSet[], type: BackupSet['type']): string | null => {
  const times = backups.filter(backup => backup.type === type).map(backup => backup.finishedAt.getTime())
  return times.length === 0 ? null : iso(Math.max(...times))
}

/** Pure. From which to which moment the cluster can be restored, and how much would be lost now. */
export function recoverability(
  facts: RecoveryFacts,
  lastProvenRestore: string | null = null,
): Recoverability {
  const {now, archiver, backups} = facts
  const {wal, current, others} = linesOf(facts)
  const archiving = archiveState(archiver)
  const ended = windowOf(current, 0, now, wal)
  const connected = current.sets.some(({run}) => run.newest)
  const own = ended && {
    ...ended,
    open: connected && (archiving.state === 'ok' || archiver?.caughtUp === true),
  }
  const rest = others.flatMap(({line, from}) => windowOf(line, from, now, wal) ?? [])
  const behind = own === undefined ? undefined : (now.getTime() - Date.parse(own.end)) / 1000
  return {
    windows: [...(own === undefined ? [] : [own]), ...rest],
    rpoSeconds: archiver === undefined || behind === undefined ? null : Math.max(0, Math.round(behind)),
    archiving,
    lastBackup: {
      full: newest(backups, 'full'),
      differential: newest(backups, 'diff'),
      incremental: newest(backups, 'incr'),
    },
    lastProvenRestore,
  }
}
