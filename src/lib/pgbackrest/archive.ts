import {field, parseExactly, textField} from './json.ts'

/** One archived segment. */
export interface WalSegment {
  timeline: number
  /** Counted from the first segment of the database: `…0000000100000002` is 258 with 16 MiB segments. */
  number: number
  archivedAt: Date | undefined
}

/** What one repository's archive holds of one database. */
export interface WalArchive {
  repo: number
  /** `17-1`: the Postgres version and how often the stanza was upgraded. */
  id: string
  /** By timeline and number; undefined where only the range of `info` is known, which shows no gaps. */
  segments: readonly WalSegment[] | undefined
  /** Segment names. */
  first: string | undefined
  last: string | undefined
  /** History files, by the timeline that they lead to, with when each was archived. */
  histories: ReadonlyMap<number, Date | undefined>
}

/** One change of timeline, as a history file tells. */
export interface TimelineFork {
  /** The timeline that was left. */
  timeline: number
  /** Where, in bytes. */
  lsn: number
  /** Postgres' words: `no recovery target specified`, `before 2026-…`. */
  reason: string
}

export const defaultSegmentBytes = 16 * 1024 * 1024

const segmentsPerFile = (segmentBytes: number): number => 2 ** 32 / segmentBytes

/** The number of a segment name of 24 hexadecimal digits, or undefined. */
export function parseSegment(
  name: string | undefined,
  segmentBytes = defaultSegmentBytes,
): {timeline: number; number: number} | undefined {
  const [, timeline = '', high = '', low = ''] =
    /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name ?? '') ?? []
  if (timeline === '') return undefined
  const number = Number.parseInt(high, 16) * segmentsPerFile(segmentBytes) + Number.parseInt(low, 16)
  return {timeline: Number.parseInt(timeline, 16), number}
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')

export function segmentName(timeline: number, number: number, segmentBytes = defaultSegmentBytes): string {
  const perFile = segmentsPerFile(segmentBytes)
  return `${hex(timeline)}${hex(Math.floor(number / perFile))}${hex(number % perFile)}`
}

/** The segment that holds a place in the WAL. */
export const segmentOf = (lsn: number, segmentBytes = defaultSegmentBytes): number =>
  Math.floor(lsn / segmentBytes)

const timeOf = (entry: unknown): Date | undefined => {
  const seconds = field(entry, 'time')
  return typeof seconds === 'number' ? new Date(seconds * 1000) : undefined
}

const order = (left: WalSegment, right: WalSegment): number =>
  left.timeline - right.timeline || left.number - right.number

interface Found {
  segments: WalSegment[]
  histories: Map<number, Date | undefined>
}

/**
 * Reads `pgbackrest repo-ls --recurse --output=json archive/db`: one archive for each database that the
 * stanza has known. Throws a SyntaxError when the answer is cut.
 */
export function parseListing(text: string, repo: number, segmentBytes = defaultSegmentBytes): WalArchive[] {
  const entries = parseExactly(text)
  if (typeof entries !== 'object' || entries === null) return []
  const found = new Map<string, Found>()
  for (const [path, entry] of Object.entries(entries)) {
    const [, id = '', file = ''] = /^(\d+-\d+)\/(?:[0-9A-F]{16}\/)?([^/]+)$/.exec(path) ?? []
    if (file === '' || textField(entry, 'type') === 'path') continue
    const archive: Found = found.get(id) ?? {segments: [], histories: new Map()}
    found.set(id, archive)
    const history = /^([0-9A-F]{8})\.history$/.exec(file)?.[1]
    if (history !== undefined) archive.histories.set(Number.parseInt(history, 16), timeOf(entry))
    // A partial segment (`….partial-<hash>`) belongs to a timeline that ended in it; recovery never asks for it.
    const segment = parseSegment(/^([0-9A-F]{24})-[0-9a-f]{40}/.exec(file)?.[1], segmentBytes)
    if (segment !== undefined) archive.segments.push({...segment, archivedAt: timeOf(entry)})
  }
  return [...found].map(([id, {segments, histories}]) => {
    segments.sort(order)
    const name = (segment: WalSegment | undefined): string | undefined =>
      segment && segmentName(segment.timeline, segment.number, segmentBytes)
    return {repo, id, segments, histories, first: name(segments[0]), last: name(segments.at(-1))}
  })
}

/** Reads a history file: the forks on the way to its timeline, oldest first. */
export function parseHistory(text: string): TimelineFork[] {
  return text.split('\n').flatMap(line => {
    const [, timeline = '', high = '', low = '', reason = ''] =
      /^\s*(\d+)\s+([0-9A-Fa-f]+)\/([0-9A-Fa-f]+)\s*(.*)$/.exec(line) ?? []
    if (timeline === '') return []
    const lsn = Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16)
    return [{timeline: Number(timeline), lsn, reason: reason.trim()}]
  })
}
