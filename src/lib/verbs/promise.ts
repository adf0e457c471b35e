import type {PostgresCluster} from '../model/document.ts'
import {Annotation} from '../model/labels.ts'
import {defaultSegmentBytes, parseSegment, segmentOf} from '../pgbackrest/archive.ts'
import type {ReachableChoice, RestorePoint} from '../pgbackrest/targets.ts'
import {formatLsn, parseLsn} from '../postgres/lsn.ts'
import {remembering} from './clone.ts'

/** The header of a segment: what is recovered of it ends behind. */
const headerBytes = 40

/** Segments of another size than the usual one have other names: these do not tell where they begin. */
function isUsualSize({walStart, lsnStart}: ReachableChoice['set']): boolean {
  const [begun, start] = [parseSegment(walStart), parseLsn(lsnStart ?? '')]
  return begun === undefined || start === undefined || segmentOf(start) === begun.number
}

/**
 * Pure. Up to where recovery must have replayed at least, so far as that is known beforehand: into the last
 * segment for the end of the archive, to the set's end for a set. A segment's own end would be too much to
 * ask, since its last record mostly goes on in the next one.
 */
export function promisedLsn(point: RestorePoint, {set, walTo}: ReachableChoice): string | undefined {
  if (point.kind !== 'latest') return point.kind === 'backup' ? set.lsnStop : undefined
  const last = isUsualSize(set) ? parseSegment(walTo ?? undefined) : undefined
  const ends = [
    ...(last === undefined ? [] : [last.number * defaultSegmentBytes + headerBytes]),
    ...[parseLsn(set.lsnStop ?? '')].filter(lsn => lsn !== undefined),
  ]
  return ends.length === 0 ? undefined : formatLsn(Math.max(...ends))
}

/** The document of a new cluster, with what the recovery of its data must reach, where that is known. */
export const promising = (document: PostgresCluster, lsn: string | undefined): PostgresCluster =>
  lsn === undefined ? document : remembering(document, {[Annotation.promisedLsn]: lsn})
