import {parseLsn} from '../postgres/lsn.ts'
import {segmentOf} from './archive.ts'
import type {BackupSet} from './backup-set.ts'
import {fileAt, type Line, lineTo, type RecoveryFacts, type UsableSet, type WalIndex} from './lines.ts'
import {linesOf, type RecoveryWindow, recoverability, undone} from './recoverability.ts'
import type {
  ReachableChoice,
  RestoreChoice,
  RestoreTarget,
  UnreachableChoice,
  UnreachableKind,
} from './targets.ts'

interface World {
  facts: RecoveryFacts
  wal: WalIndex
  line: Line
  isPresent: boolean
  others: readonly {line: Line; from: number}[]
}

const unsure =
  'Of the WAL behind the last backup only the time is known when it was archived: it may have been late, and end before this moment.'

const nowhere = {before: undefined, after: undefined}

const unreachable = (
  kind: UnreachableKind,
  reason: string,
  more: Partial<Pick<UnreachableChoice, 'nearest' | 'timeline'>> = {},
): UnreachableChoice => ({reachable: false, kind, reason, nearest: nowhere, timeline: undefined, ...more})

const moment = (time: Date): string => time.toISOString().replace(/\.000Z$/, 'Z')

/** Sets on the line that the target does not rule out. */
const candidates = ({line}: World, {repo, set}: RestoreTarget): UsableSet[] =>
  line.sets.filter(
    one => (repo === undefined || one.set.repo === repo) && (set === undefined || one.set.label === set),
  )

function chosen(
  {line, isPresent}: World,
  {set}: UsableSet,
  rest: Pick<ReachableChoice, 'walTo' | 'needsSwitch' | 'certain'>,
): ReachableChoice {
  const notes = isPresent ? [] : [`Recovery follows timeline ${line.timeline}, which is not the present one.`]
  return {reachable: true, set, timeline: line.timeline, walFrom: set.walStart ?? '', notes, ...rest}
}

/** The reachable moments around one that is not, on the line. */
function around(time: number, {facts, line}: World): UnreachableChoice['nearest'] {
  const windows = recoverability({...facts, timeline: line.timeline}).windows
  const own = windows.find(({timeline}) => timeline === line.timeline)
  if (own === undefined) return nowhere
  const edges = edgesOf(own)
  const before = edges.findLast(({kind, at}) => kind === 'end' && at <= time)
  const after = edges.find(({kind, at}) => kind === 'start' && at >= time)
  return {before: before && new Date(before.at), after: after && new Date(after.at)}
}

function edgesOf({start, end, gaps}: RecoveryWindow): {kind: 'start' | 'end'; at: number}[] {
  const inner = gaps
    .filter(gap => gap.start < end)
    .flatMap(gap => [
      {kind: 'end', at: Date.parse(gap.start)} as const,
      {kind: 'start', at: Date.parse(gap.end)} as const,
    ])
  const outer = [{kind: 'start', at: Date.parse(start)} as const, {kind: 'end', at: Date.parse(end)} as const]
  // Gaps overlap: where one ends, another may go on.
  const covered = ({kind, at}: {kind: 'start' | 'end'; at: number}): boolean =>
    gaps.some(gap => {
      const [from, to] = [Date.parse(gap.start), Date.parse(gap.end)]
      return kind === 'start' ? from <= at && at < to : from < at && at <= to
    })
  return [...inner, ...outer].filter(edge => !covered(edge)).sort((left, right) => left.at - right.at)
}

/** The file in which the first moment at or after a time was written; null where it is not archived yet. */
function fileOfTime({run}: UsableSet, time: number, {line, wal}: World): string | null {
  for (let number = run.first; number <= run.last; number += 1) {
    const file = fileAt(line, number, wal.segmentBytes)
    const at = wal.archivedAt(Number.parseInt(file.slice(0, 8), 16), number)
    if (at !== undefined && at.getTime() >= time) return file
  }
  return null
}

function atTime(at: Date, target: RestoreTarget, world: World): RestoreChoice {
  const time = at.getTime()
  const {facts, line, wal, others} = world
  if (Number.isNaN(time)) return unreachable('malformed', 'the target is no time')
  const nearest = around(time, world)
  if (time > facts.now.getTime()) {
    return unreachable('after-end', `${moment(at)} is in the future`, {nearest})
  }
  const hidden =
    target.timeline === undefined
      ? undone(line, wal).find(({start, end}) => start < time && time < end)
      : undefined
  if (hidden !== undefined) {
    return unreachable(
      'other-timeline',
      `${moment(at)} was undone by a later restore and is on timeline ${hidden.timeline}`,
      {nearest, timeline: hidden.timeline},
    )
  }
  const sets = candidates(world, target)
  const from = sets.filter(one => one.consistentAt.getTime() <= time)
  const reaching = from.findLast(
    ({run, consistentAt}) => Math.max(run.endsAt.getTime(), consistentAt.getTime()) >= time,
  )
  if (reaching !== undefined) {
    const walTo = fileOfTime(reaching, time, world)
    const certain =
      reaching.run.certain ||
      sets.some(({run, consistentAt}) => run === reaching.run && time <= consistentAt.getTime())
    const choice = chosen(world, reaching, {walTo, needsSwitch: walTo === null, certain})
    return certain ? choice : {...choice, notes: [...choice.notes, unsure]}
  }
  const elsewhere = others.find(other =>
    other.line.sets.some(
      one => one.consistentAt.getTime() <= time && time <= one.run.endsAt.getTime() && time > other.from,
    ),
  )
  if (elsewhere !== undefined && target.timeline === undefined) {
    const {timeline} = elsewhere.line
    return unreachable('other-timeline', `${moment(at)} is only on timeline ${timeline}`, {nearest, timeline})
  }
  if (from.length === 0) {
    const first = sets[0]?.consistentAt
    const why =
      first === undefined ? 'no usable set' : `the first usable set is consistent from ${moment(first)} on`
    return unreachable('before-start', `${moment(at)} is too early: ${why}`, {nearest})
  }
  if (from.some(({run}) => run !== line.runs.at(-1))) {
    const end = new Date(Math.max(...from.map(({run}) => run.endsAt.getTime())))
    return unreachable('gap', `WAL is missing in the archive after ${moment(end)}`, {nearest})
  }
  const end = from.at(-1)?.run.endsAt
  const what = end === undefined ? '' : `: it ends at ${moment(end)}`
  return unreachable('after-end', `${moment(at)} is past the end of the archive${what}`, {nearest})
}

function atLsn(text: string, target: RestoreTarget, world: World): RestoreChoice {
  const lsn = parseLsn(text)
  if (lsn === undefined) return unreachable('malformed', `"${text}" is no LSN, such as 0/5000060`)
  const {line, wal} = world
  const sets = candidates(world, target).filter(
    ({set}) => (parseLsn(set.lsnStop ?? '') ?? Number.POSITIVE_INFINITY) <= lsn,
  )
  if (sets.length === 0) {
    const first = candidates(world, target)[0]?.set.lsnStop
    const why = first === undefined ? 'there is no usable set' : `the first usable set ends at ${first}`
    return unreachable('before-start', `${text} is too early: ${why}`)
  }
  const number = segmentOf(lsn, wal.segmentBytes)
  const reaching = sets.findLast(({run}) => run.last >= number)
  if (reaching !== undefined) {
    return chosen(world, reaching, {
      walTo: fileAt(line, number, wal.segmentBytes),
      needsSwitch: false,
      certain: true,
    })
  }
  const newest = line.runs.at(-1)
  if (newest !== undefined && newest.last >= number) {
    return unreachable('gap', `WAL is missing in the archive before ${text}`)
  }
  return unreachable('after-end', `${text} is not in the archive yet`)
}

/** From the oldest set whose WAL reaches the end: a transaction or a name may be anywhere behind it. */
function atUnknown(target: RestoreTarget, world: World): RestoreChoice {
  const {line, wal} = world
  const last = line.runs.at(-1)
  const reaching = candidates(world, target).find(({run}) => run === last)
  if (reaching === undefined || last === undefined) return noSet(target, world)
  return chosen(world, reaching, {
    walTo: fileAt(line, last.last, wal.segmentBytes),
    needsSwitch: true,
    certain: false,
  })
}

function atEnd(target: RestoreTarget, world: World): RestoreChoice {
  const {line, wal} = world
  const last = line.runs.at(-1)
  const reaching = candidates(world, target).findLast(({run}) => run === last)
  if (reaching === undefined || last === undefined) {
    const before = candidates(world, target).at(-1)
    if (before === undefined) return noSet(target, world)
    const end = new Date(Math.max(before.run.endsAt.getTime(), before.consistentAt.getTime()))
    return unreachable('gap', `WAL is missing in the archive after ${moment(end)}`, {
      nearest: {before: end, after: undefined},
    })
  }
  return chosen(world, reaching, {
    walTo: fileAt(line, last.last, wal.segmentBytes),
    needsSwitch: true,
    certain: true,
  })
}

function noSet(target: RestoreTarget, {facts, line}: World): UnreachableChoice {
  if (facts.backups.length === 0) return unreachable('no-backups', 'there is no backup')
  const named = target.set === undefined ? '' : ` ${target.set}`
  return unreachable('unusable-set', `no set${named} can be used on timeline ${line.timeline}`)
}

/** Why a set that exists cannot be restored to its own end, or undefined. */
function complaint(set: BackupSet, facts: RecoveryFacts): string | undefined {
  const labels = new Set(facts.backups.filter(({repo}) => repo === set.repo).map(({label}) => label))
  const lost = set.references.filter(label => !labels.has(label))
  if (lost.length > 0) return `it needs ${lost.join(', ')}, which is gone`
  return undefined
}

function atSet(label: string, target: RestoreTarget, {facts, wal}: World): RestoreChoice {
  const found = facts.backups.filter(
    set => set.label === label && (target.repo === undefined || set.repo === target.repo),
  )
  if (found.length === 0) {
    const known = facts.backups.map(set => set.label)
    const newest = known.at(-1)
    return unreachable(
      'unknown-set',
      `there is no set ${label}${newest === undefined ? '' : `; the newest is ${newest}`}`,
    )
  }
  const whole = found.find(set => complaint(set, facts) === undefined)
  if (whole === undefined) {
    const [first] = found
    return unreachable(
      'unusable-set',
      `${label} cannot be restored: ${(first && complaint(first, facts)) ?? ''}`,
    )
  }
  const timeline = whole.timeline ?? 1
  // Its own WAL must be there to become consistent; damage of pages does not stop a restore that is asked for.
  const sound = {...facts, backups: facts.backups.map(set => ({...set, damaged: false}))}
  const line = lineTo(timeline, sound, wal)
  const usable = line.sets.find(({set}) => set.label === label && set.repo === whole.repo)
  if (usable === undefined) {
    return unreachable('unusable-set', `${label} cannot be restored: WAL it needs is missing in the archive`)
  }
  return {
    reachable: true,
    set: whole,
    timeline,
    walFrom: whole.walStart ?? '',
    walTo: whole.walStop ?? null,
    needsSwitch: false,
    certain: true,
    notes: whole.damaged
      ? [`Page checksums failed while ${label} was made: some of its pages are damaged.`]
      : [],
  }
}

/**
 * Pure. The set, the timeline and the WAL that a target needs; or why it cannot be reached, and the nearest
 * moments that can.
 */
export function chooseRestore(target: RestoreTarget, facts: RecoveryFacts): RestoreChoice {
  const {wal, current, others} = linesOf(facts)
  const wanted = target.timeline ?? current.timeline
  const other = others.find(({line}) => line.timeline === wanted)?.line
  const onTheWay = current.stretches.some(({timeline}) => timeline === wanted)
  if (other === undefined && !onTheWay && !facts.histories.has(wanted)) {
    return unreachable('unknown-timeline', `nothing is known of timeline ${wanted}`)
  }
  const isPresent = wanted === current.timeline
  const line = isPresent ? current : (other ?? lineTo(wanted, facts, wal))
  const world: World = {facts, wal, line, isPresent, others: isPresent ? others : []}
  const {point} = target
  if (facts.backups.length === 0) return unreachable('no-backups', 'there is no backup')
  switch (point.kind) {
    case 'time':
      return atTime(point.at, target, world)
    case 'lsn':
      return atLsn(point.lsn, target, world)
    case 'backup':
      return atSet(point.label, target, world)
    case 'latest':
      return atEnd(target, world)
    case 'xid':
      return /^\d{1,20}$/.test(point.xid)
        ? atUnknown(target, world)
        : unreachable('malformed', `"${point.xid}" is no transaction number`)
    case 'name':
      return atUnknown(target, world)
  }
}
