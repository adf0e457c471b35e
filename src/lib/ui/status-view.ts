import type {ClusterStatus, InstanceStatus} from '../observe/report.ts'
import type {Views} from './output.ts'
import {type Column, tableText} from './table.ts'
import type {Colour} from './terminal.ts'
import {ago, bytes, levelWord, moment, span} from './words.ts'

const size = (count: number | null): string | null => (count === null ? null : bytes(count))

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
  {title: 'NODE', value: ({node}) => node},
  {title: 'ZONE', value: ({zone}) => zone},
  {title: 'TL', value: ({timeline}) => timeline, align: 'right'},
  {title: 'RECEIVE LAG', value: ({receiveLagBytes}) => size(receiveLagBytes), align: 'right'},
  {title: 'REPLAY LAG', value: ({replayLagBytes}) => size(replayLagBytes), align: 'right'},
  {
    title: 'DISK',
    value: ({disk}) => disk && `${bytes(disk.usedBytes)} / ${bytes(disk.totalBytes)}`,
    align: 'right',
  },
]
const wideColumns: readonly Column<InstanceStatus>[] = [...columns, {title: 'POD', value: ({pod}) => pod}]

function head(status: ClusterStatus, colour: Colour): string[] {
  const {metadata, verdict, postgresVersion, paused, shutdown} = status
  const marks = [...(paused ? ['paused'] : []), ...(shutdown ? ['shut down'] : [])]
  const title = `${colour.bold(metadata.name)} in ${metadata.namespace}: ${levelWord(verdict.level, colour)}`
  const lines = [`${title}, Postgres ${postgresVersion}${marks.length > 0 ? `, ${marks.join(', ')}` : ''}`]
  for (const {level, message, next} of verdict.reasons) {
    lines.push(
      `  ${levelWord(level, colour)}: ${message}${next === undefined ? '' : colour.dim(`  →  ${next}`)}`,
    )
  }
  return lines
}

function recovery({recoverability}: ClusterStatus, now: Date): string[] {
  const {windows, rpoSeconds, archiving, lastBackup} = recoverability
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

function screen(status: ClusterStatus, now: Date, colour: Colour, wide: boolean): string {
  const {instances, operation, unknown} = status
  const lines = [
    ...head(status, colour),
    '',
    tableText(wide ? wideColumns : columns, instances, colour).trimEnd(),
    '',
    colour.dim('RECOVERABILITY'),
    ...recovery(status, now),
    '',
    colour.dim('ENDPOINTS'),
    ...access(status),
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
  table: colour => screen(status, now, colour, false),
  wide: colour => screen(status, now, colour, true),
  name: () => [`postgrescluster/${status.metadata.name}`],
})
