import type {ClusterStatus, InstanceStatus} from '../observe/report.ts'
import type {Views} from './output.ts'
import {type Column, tableText, wrapped} from './table.ts'
import type {Colour} from './terminal.ts'
import {ago, bytes, levelWord, moment, span} from './words.ts'

const size = (count: number | null): string | null => (count === null ? null : bytes(count))

/** Rounded up, so that a disk with anything on it is never empty. */
const share = (part: number, whole: number): string => `${whole === 0 ? 0 : Math.ceil((part / whole) * 100)}%`

function stateWord({state, role}: InstanceStatus, colour: Colour): string {
  const well = role.includes('leader') ? 'running' : 'streaming'
  return state === well ? colour.green(state) : colour.yellow(state)
}

const columns: readonly Column<InstanceStatus>[] = [
  {title: 'INSTANCE', value: ({name}) => name},
  {title: 'ROLE', value: ({role}, colour) => (role === 'leader' ? colour.bold(role) : role)},
  {
    title: 'STATE',
    value: (row, colour) => stateWord(row, colour) + (row.pendingRestart ? ', needs restart' : ''),
  },
  {title: 'NODE', value: ({node}) => node, spare: 2},
  {title: 'ZONE', value: ({zone}) => zone, spare: 4},
  {title: 'TL', value: ({timeline}) => timeline, align: 'right', spare: 1},
  {title: 'RECEIVE LAG', value: ({receiveLagBytes}) => size(receiveLagBytes), align: 'right', spare: 3},
  {title: 'REPLAY LAG', value: ({replayLagBytes}) => size(replayLagBytes), align: 'right'},
  {
    title: 'DISK',
    value: ({disk}) => disk && `${share(disk.usedBytes, disk.totalBytes)} of ${bytes(disk.totalBytes)}`,
    align: 'right',
  },
]
const wideColumns: readonly Column<InstanceStatus>[] = [
  ...columns,
  {title: 'POD', value: ({pod}) => pod, spare: 5},
]

function head(status: ClusterStatus, colour: Colour, width: number): string[] {
  const {metadata, verdict, postgresVersion, paused, shutdown} = status
  const marks = [...(paused ? ['paused'] : []), ...(shutdown ? ['shut down'] : [])]
  const title = `${colour.bold(metadata.name)} in ${metadata.namespace}: ${levelWord(verdict.level, colour)}`
  const lines = [`${title}, Postgres ${postgresVersion}${marks.length > 0 ? `, ${marks.join(', ')}` : ''}`]
  for (const {level, message, next} of verdict.reasons) {
    const said = `  ${level}: ${message}`
    const gap = said.length + 5 + (next?.length ?? 0) > width ? '\n    ' : '  '
    const then = next === undefined ? '' : colour.dim(`${gap}→  ${next}`)
    lines.push(`  ${levelWord(level, colour)}: ${message}${then}`)
  }
  return lines
}

function recovery({recoverability}: ClusterStatus, now: Date): string[] {
  const {windows, rpoSeconds, archiving, lastBackup, lastProvenRestore} = recoverability
  const window = windows.map(
    ({start, end, open}) => `${moment(start)} to ${moment(end)}${open ? ', going on' : ''}`,
  )
  const queue = archiving.queued === null ? '' : `, ${archiving.queued} waiting`
  return [
    `  Window    ${window.length === 0 ? 'none' : window.join('; ')}`,
    `  Loss now  ${rpoSeconds === null ? 'unknown' : rpoSeconds === 0 ? 'nothing' : span(rpoSeconds)}`,
    `  Archiving ${archiving.state}${queue}`,
    `  Backups   full ${ago(lastBackup.full, now)}, differential ${ago(lastBackup.differential, now)}, ` +
      `incremental ${ago(lastBackup.incremental, now)}`,
    ...(lastProvenRestore === null ? [] : [`  Proven    by a restore ${ago(lastProvenRestore, now)}`]),
  ]
}

function access({endpoints, connections}: ClusterStatus): string[] {
  const used = connections === null ? 'unknown' : `${connections.used} of ${connections.max}`
  return [
    `  Primary   ${endpoints.primary}`,
    `  Replicas  ${endpoints.replicas}`,
    ...(endpoints.pooler === null ? [] : [`  Pooler    ${endpoints.pooler}`]),
    `  In use    ${used} connections`,
  ]
}

interface Look {
  colour: Colour
  wide: boolean
  width: number | undefined
}

/** What goes on of a field stands below its text, not below its name. */
const fieldIndent = 12

function screen(status: ClusterStatus, now: Date, {colour, wide, width}: Look): string {
  const fields = (texts: readonly string[]): string[] =>
    texts.flatMap(text => wrapped(text, width ?? Number.POSITIVE_INFINITY, fieldIndent))
  const {instances, operation, unknown} = status
  const lines = [
    ...head(status, colour, width ?? Number.POSITIVE_INFINITY),
    '',
    tableText(wide ? wideColumns : columns, instances, colour, width).trimEnd(),
    '',
    colour.dim('RECOVERABILITY'),
    ...fields(recovery(status, now)),
    '',
    colour.dim('ENDPOINTS'),
    ...fields(access(status)),
  ]
  if (operation !== null) {
    lines.push('', `Operation ${operation.kind}: ${operation.phase}, begun ${ago(operation.startedAt, now)}`)
  }
  if (unknown.length > 0) {
    lines.push('', colour.dim('UNKNOWN'), ...unknown.map(({source, reason}) => `  ${source}: ${reason}`))
  }
  if (wide)
    lines.push(
      '',
      `System identifier ${status.systemIdentifier ?? 'unknown'}, timeline ${status.timeline ?? '-'}`,
    )
  return `${lines.join('\n')}\n`
}

/** One screen a cluster, from the object that -o json prints. */
export const statusViews = (status: ClusterStatus, now: Date): Views => ({
  table: (colour, width) => screen(status, now, {colour, width, wide: false}),
  wide: (colour, width) => screen(status, now, {colour, width, wide: true}),
  name: () => [`postgrescluster/${status.metadata.name}`],
})
