import {parseLsn} from '../postgres/lsn.ts'
import {
  defaultSegmentBytes,
  parseSegment,
  segmentName,
  segmentOf,
  type TimelineFork,
  type WalArchive,
} from './archive.ts'
import type {BackupSet} from './backup-set.ts'

/** The leader's archiver, from `pg_stat_archiver` and the write position. */
export interface ArchiveProgress {
  lastArchivedAt: Date | undefined
  /** What was archived last, asked before the archives were listed: it must be in the list. */
  lastArchivedWal: string | undefined
  /** When that was finished: what was written later is not in it, however late it was archived. */
  finishedAt: Date | undefined
  lastFailedAt: Date | undefined
  /** Finished WAL segments that wait for the archive. */
  queued: number
  /** True when nothing was written since the last archived segment ended. */
  caughtUp: boolean
}

/** Everything that recoverability is derived from. */
export interface RecoveryFacts {
  now: Date
  backups: readonly BackupSet[]
  archives: readonly WalArchive[]
  /** History files by the timeline that they lead to: the forks on the way, oldest first. */
  histories: ReadonlyMap<number, readonly TimelineFork[]>
  /** The timeline that is written now; the newest one known where nobody leads. */
  timeline: number | undefined
  /** Undefined where the leader could not be asked. */
  archiver: ArchiveProgress | undefined
  segmentBytes?: number
}

/** The part of a line that one timeline is. Positions are bytes; it begins at `from` and is left at `until`. */
export interface Stretch {
  timeline: number
  from: number
  until: number
  /** Why the timeline before it was left; empty for the first one. */
  reason: string
}

/** WAL without a missing segment, by segment numbers, both included. Empty where its beginning is lost. */
export interface Run {
  first: number
  last: number
  /** What the newest segment of it was written before. */
  endsAt: Date
  /** False where that is only when the segment was archived: what is in it may be much older. */
  certain: boolean
  /** The archive has everything up to now. */
  open: boolean
  /** The last of its line: what is archived next continues it. */
  newest: boolean
}

export interface UsableSet {
  set: BackupSet
  run: Run
  /** The first moment that recovery from it can stop at. */
  consistentAt: Date
}

/** One way through the timelines, with the WAL and the sets that lie on it. */
export interface Line {
  timeline: number
  stretches: readonly Stretch[]
  runs: readonly Run[]
  /** By the moment from which they are consistent. */
  sets: readonly UsableSet[]
}

/** The archived WAL of all repositories together: recovery asks each of them. */
export interface WalIndex {
  segmentBytes: number
  has(timeline: number, number: number): boolean
  archivedAt(timeline: number, number: number): Date | undefined
  bornAt(timeline: number): Date | undefined
  /** First and last number of each timeline. */
  ranges: ReadonlyMap<number, {first: number; last: number}>
}

const databaseOf = (id: string): number => Number(id.split('-')[1] ?? 0)

/** In each repository the newest database: what a major upgrade left behind cannot be recovered into this one. */
export function present(facts: RecoveryFacts): Pick<RecoveryFacts, 'archives' | 'backups'> {
  const newest = new Map<number, number>()
  for (const {repo, id} of facts.archives) {
    newest.set(repo, Math.max(newest.get(repo) ?? 0, databaseOf(id)))
  }
  const isPresent = (repo: number, database: number | undefined): boolean =>
    database === undefined || (newest.get(repo) ?? database) === database
  return {
    archives: facts.archives.filter(({repo, id}) => isPresent(repo, databaseOf(id))),
    backups: facts.backups.filter(({repo, databaseId}) => isPresent(repo, databaseId)),
  }
}

export function indexWal(
  archives: readonly WalArchive[],
  segmentBytes: number = defaultSegmentBytes,
): WalIndex {
  const times = new Map<number, Map<number, Date | undefined>>()
  const assumed: {timeline: number; first: number; last: number}[] = []
  const births = new Map<number, Date>()
  const ranges = new Map<number, {first: number; last: number}>()
  const widen = (timeline: number, number: number): void => {
    const range = ranges.get(timeline)
    if (range === undefined) ranges.set(timeline, {first: number, last: number})
    else {
      range.first = Math.min(range.first, number)
      range.last = Math.max(range.last, number)
    }
  }
  for (const archive of archives) {
    for (const {timeline, number, archivedAt} of archive.segments ?? []) {
      const known = times.get(timeline) ?? new Map<number, Date | undefined>()
      times.set(timeline, known)
      const before = known.get(number)
      if (before === undefined || (archivedAt !== undefined && archivedAt < before))
        known.set(number, archivedAt)
      widen(timeline, number)
    }
    for (const [timeline, at] of archive.histories) {
      const before = births.get(timeline)
      if (at !== undefined && (before === undefined || at < before)) births.set(timeline, at)
    }
    const first = parseSegment(archive.first, segmentBytes)
    const last = parseSegment(archive.last, segmentBytes)
    if (archive.segments !== undefined || first === undefined || last === undefined) continue
    for (let timeline = first.timeline; timeline <= last.timeline; timeline += 1) {
      assumed.push({timeline, first: first.number, last: last.number})
      widen(timeline, first.number)
      widen(timeline, last.number)
    }
  }
  return {
    segmentBytes,
    ranges,
    has: (timeline, number) =>
      times.get(timeline)?.has(number) === true ||
      assumed.some(range => range.timeline === timeline && range.first <= number && number <= range.last),
    archivedAt: (timeline, number) => times.get(timeline)?.get(number),
    bornAt: timeline => births.get(timeline),
  }
}

/** The stretches that lead to a timeline; only itself where its history is not known. */
export function stretchesTo(timeline: number, histories: RecoveryFacts['histories']): Stretch[] {
  const stretches: Stretch[] = []
  let from = 0
  let reason = ''
  for (const fork of histories.get(timeline) ?? []) {
    stretches.push({timeline: fork.timeline, from, until: fork.lsn, reason})
    from = fork.lsn
    reason = fork.reason
  }
  return [...stretches, {timeline, from, until: Number.POSITIVE_INFINITY, reason}]
}

/** The timeline whose file recovery reads for a segment: the newest that had begun by then. */
export function timelineAt(stretches: readonly Stretch[], number: number, segmentBytes: number): number {
  const found = stretches.findLast(({from}) => segmentOf(from, segmentBytes) <= number)
  return (found ?? stretches[0])?.timeline ?? 1
}

export const fileAt = (line: Pick<Line, 'stretches'>, number: number, segmentBytes: number): string =>
  segmentName(timelineAt(line.stretches, number, segmentBytes), number, segmentBytes)

/** Where recovery from a set can stop: pgBackRest notes whole seconds, so the next one is safe. */
export const consistentAt = ({finishedAt}: BackupSet): Date => new Date(finishedAt.getTime() + 1000)

function runsOf(stretches: readonly Stretch[], wal: WalIndex): {first: number; last: number}[] {
  const runs: {first: number; last: number}[] = []
  const bounds = stretches.flatMap(({timeline}) => wal.ranges.get(timeline) ?? [])
  if (bounds.length === 0) return runs
  const end = Math.max(...bounds.map(({last}) => last))
  for (let number = Math.min(...bounds.map(({first}) => first)); number <= end; number += 1) {
    if (!wal.has(timelineAt(stretches, number, wal.segmentBytes), number)) continue
    const run = runs.at(-1)
    if (run?.last === number - 1) run.last = number
    else runs.push({first: number, last: number})
  }
  return runs
}

/**
 * The newest segment that was archived on a timeline, as the leader knows; undefined where a repository was not
 * listed, which could have it.
 */
export function archivedLast(facts: RecoveryFacts, timeline: number): number | undefined {
  const archived = parseSegment(facts.archiver?.lastArchivedWal, facts.segmentBytes)
  const listed = present(facts).archives.every(({segments}) => segments !== undefined)
  return listed && archived?.timeline === timeline ? archived.number : undefined
}

/** When the last archived segment of a timeline was finished, as the leader knows. */
function finishedOn(
  timeline: number,
  live: ArchiveProgress | undefined,
  segmentBytes: number,
): Date | undefined {
  return parseSegment(live?.lastArchivedWal, segmentBytes)?.timeline === timeline
    ? live?.finishedAt
    : undefined
}

/** A file that is lost at the end is a gap like any other: what is archived next lies behind it. */
function withLostEnd(
  runs: {first: number; last: number}[],
  last: number | undefined,
): {first: number; last: number}[] {
  const end = runs.at(-1)?.last
  return end === undefined || last === undefined || last <= end ? runs : [...runs, {first: last + 1, last}]
}

/** A set without damage whose whole chain is there. */
const isSound = (set: BackupSet, byLabel: ReadonlyMap<string, BackupSet>): boolean =>
  !set.damaged && set.references.every(label => byLabel.get(label)?.damaged === false)

/** True when a set was finished before its timeline was left. */
function liesOn(set: BackupSet, stretches: readonly Stretch[], segmentBytes: number): boolean {
  const stretch = stretches.find(({timeline}) => timeline === set.timeline)
  if (stretch === undefined) return false
  const stop = parseLsn(set.lsnStop ?? '')
  if (stop !== undefined) return stop <= stretch.until
  const file = parseSegment(set.walStop, segmentBytes)
  return file !== undefined && file.number < segmentOf(stretch.until, segmentBytes)
}

/** The way to a timeline, with the runs of WAL and the usable sets on it. */
export function lineTo(timeline: number, facts: RecoveryFacts, wal: WalIndex): Line {
  const {backups} = present(facts)
  const stretches = stretchesTo(timeline, facts.histories)
  const {segmentBytes} = wal
  const live = facts.timeline === undefined || facts.timeline === timeline ? facts.archiver : undefined
  const found = withLostEnd(runsOf(stretches, wal), live && archivedLast(facts, timeline))
  const newest = found.at(-1)
  const latest = Math.max(0, ...backups.map(set => consistentAt(set).getTime()))
  const runs = found.map((run): Run => {
    const isNewest = run === newest
    const open = isNewest && live?.caughtUp === true
    const told = wal.archivedAt(timelineAt(stretches, run.last, segmentBytes), run.last)
    const archived = told ?? (isNewest ? live?.lastArchivedAt : undefined) ?? new Date(latest)
    const finished = isNewest ? finishedOn(timeline, live, segmentBytes) : undefined
    const ended = finished !== undefined && finished < archived ? finished : archived
    return {
      ...run,
      open,
      newest: isNewest,
      endsAt: open ? facts.now : ended,
      certain: open || finished !== undefined,
    }
  })
  const byRepo = Map.groupBy(backups, ({repo}) => repo)
  const sets = backups
    .filter(set => liesOn(set, stretches, segmentBytes))
    .filter(set => isSound(set, new Map((byRepo.get(set.repo) ?? []).map(one => [one.label, one]))))
    .flatMap((set): UsableSet[] => {
      const start = parseSegment(set.walStart, segmentBytes)
      const stop = parseSegment(set.walStop, segmentBytes)
      const run = start && runs.find(({first, last}) => first <= start.number && start.number <= last)
      if (run === undefined || stop === undefined || run.last < stop.number) return []
      return [{set, run, consistentAt: consistentAt(set)}]
    })
    .sort((left, right) => left.consistentAt.getTime() - right.consistentAt.getTime())
  return {timeline, stretches, runs, sets}
}

/** The timeline that counts as the present one. */
export const presentTimeline = (facts: RecoveryFacts, wal: WalIndex): number =>
  facts.timeline ??
  Math.max(1, ...wal.ranges.keys(), ...facts.histories.keys(), ...facts.backups.map(set => set.timeline ?? 1))
