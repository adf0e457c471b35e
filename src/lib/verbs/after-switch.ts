import type {Observed} from '../observe/snapshot.ts'
import {parseSegment, segmentOf, type WalArchive, type WalSegment} from '../pgbackrest/archive.ts'
import {archivedLast, type RecoveryFacts} from '../pgbackrest/lines.ts'

/**
 * The segments that the leader has written and the archive does not hold yet. What was archived already and is
 * not there is lost, and will not come again.
 */
function missing(
  archive: WalArchive,
  timeline: number,
  {archived, written}: {archived: number; written: number},
  at: Date,
): WalSegment[] {
  const own = archive.segments?.filter(segment => segment.timeline === timeline) ?? []
  const listed = own.at(-1)?.number ?? parseSegment(archive.last)?.number
  if (listed === undefined) return []
  const last = Math.max(listed, archived)
  const count = Math.max(0, written - last)
  return Array.from({length: count}, (_, index) => ({timeline, number: last + 1 + index, archivedAt: at}))
}

/**
 * What could be restored once the leader has switched its WAL and the archive has it, which is the first
 * thing a restore does. The same as now where nobody leads or archiving fails.
 */
export function afterSwitch(facts: RecoveryFacts, seen: Observed): RecoveryFacts {
  const {archiver, timeline, now} = facts
  const sql = seen.answers.sql?.known ? seen.answers.sql.value : undefined
  if (archiver === undefined || timeline === undefined || sql === undefined || sql.inRecovery) return facts
  const {lastArchivedAt, lastFailedAt} = archiver
  const failing =
    lastFailedAt !== undefined && (lastArchivedAt === undefined || lastFailedAt > lastArchivedAt)
  if (failing) return facts
  const bounds = {archived: archivedLast(facts, timeline) ?? 0, written: segmentOf(sql.writeLocation)}
  const archives = facts.archives.map(archive =>
    archive.segments === undefined
      ? archive
      : {...archive, segments: [...archive.segments, ...missing(archive, timeline, bounds, now)]},
  )
  return {...facts, archives, archiver: {...archiver, caughtUp: true}}
}
