import type {Backup, BackupList} from '../observe/backup-report.ts'
import type {RecoveryGap, RecoveryWindow} from '../pgbackrest/recoverability.ts'
import type {Views} from './output.ts'
import {type Column, tableText} from './table.ts'
import type {Colour} from './terminal.ts'
import {ago, bytes, moment, span} from './words.ts'

const size = (count: number | null): string | null => (count === null ? null : bytes(count))

/** Why a set is not to be trusted, or that it was read through and found well. */
function state({error, verified}: Backup, now: Date, colour: Colour): string {
  if (error !== null) return colour.red(error)
  if (verified === null) return 'ok'
  const text = verified.valid ? `verified ${ago(verified.at, now)}` : `damaged, seen ${ago(verified.at, now)}`
  return verified.valid ? colour.green(text) : colour.red(text)
}

const columns = (now: Date): Column<Backup>[] => [
  {title: 'LABEL', value: ({label}) => label},
  {title: 'TYPE', value: ({type}) => type, spare: 1},
  {title: 'REPO', value: ({repo}) => repo, spare: 2},
  {title: 'FINISHED', value: ({finishedAt}) => moment(finishedAt), spare: 3},
  {title: 'AGE', value: ({finishedAt}) => ago(finishedAt, now)},
  {title: 'TOOK', value: ({durationSeconds}) => span(durationSeconds), align: 'right', spare: 5},
  {title: 'DATABASE', value: ({sizeBytes}) => size(sizeBytes), align: 'right', spare: 4},
  {title: 'STORED', value: ({repoSizeBytes}) => size(repoSizeBytes), align: 'right', spare: 6},
  {title: 'STATE', value: (backup, colour) => state(backup, now, colour)},
]
const wideColumns = (now: Date): Column<Backup>[] => [
  ...columns(now),
  {title: 'TL', value: ({timeline}) => timeline, align: 'right', spare: 7},
  {title: 'WAL', value: ({walStart, walStop}) => `${walStart ?? '?'} to ${walStop ?? '?'}`, spare: 10},
  {
    title: 'NEEDS',
    value: ({references}) => (references.length === 0 ? null : references.join(', ')),
    spare: 9,
  },
  {
    title: 'ANNOTATIONS',
    spare: 8,
    value: ({annotations}) =>
      Object.entries(annotations)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ') || null,
  },
]

export function backupListViews(found: BackupList, now: Date): Views {
  const text = (wide: boolean) => (colour: Colour, width?: number) => {
    const problems = found.problems.map(({repo, reason}) => `${colour.yellow(repo)}: ${reason}\n`).join('')
    if (found.items.length === 0) return `${problems}There are no backups.\n`
    return `${tableText(wide ? wideColumns(now) : columns(now), found.items, colour, width)}${problems}`
  }
  return {table: text(false), wide: text(true), name: () => found.items.map(({label}) => `backup/${label}`)}
}

/** One line about a backup that was just made. */
export function backupViews(backup: Backup): Views {
  const {label, type, repo, durationSeconds, sizeBytes, deltaBytes, repoSizeBytes, error} = backup
  const sizes = [
    sizeBytes === null ? '' : `, database ${bytes(sizeBytes)}`,
    deltaBytes === null ? '' : `, copied ${bytes(deltaBytes)}`,
    repoSizeBytes === null ? '' : `, stored ${bytes(repoSizeBytes)}`,
  ]
  return {
    table: colour =>
      `${colour.bold(label)}: ${type} backup in ${repo}, took ${span(durationSeconds)}${sizes.join('')}\n` +
      (error === null ? '' : `${colour.red(error)}\n`),
    name: () => [`backup/${label}`],
  }
}

export interface BackupWindow {
  apiVersion: 'pgk/v1'
  kind: 'BackupWindow'
  metadata: {name: string; namespace: string}
  windows: readonly RecoveryWindow[]
  /** Those of all windows, in order. */
  gaps: readonly RecoveryGap[]
  rpoSeconds: number | null
}

function gapText({start, end, reason, missing, timeline}: RecoveryGap): string {
  const why =
    reason === 'undone'
      ? `undone by a restore; on timeline ${timeline}`
      : missing === null
        ? 'no backup connects'
        : `${missing.count} WAL ${missing.count === 1 ? 'file' : 'files'} missing, ${missing.first}${
            missing.count === 1 ? '' : ` to ${missing.last}`
          }`
  return `not from ${moment(start)} to ${moment(end)}: ${why}`
}

/** `2026-11-23 08:00:00 UTC to 2026-11-23 09:00:00 UTC, going on`, with its gaps below. */
export function windowLines({start, end, open, gaps}: RecoveryWindow): string[] {
  return [`${moment(start)} to ${moment(end)}${open ? ', going on' : ''}`, ...gaps.map(gapText)]
}

const localTime = (time: string): string =>
  new Date(time).toLocaleString('sv-SE', {timeZoneName: 'longOffset'}).replace('GMT', 'UTC')

export function windowViews(found: BackupWindow): Views {
  const text = (colour: Colour): string => {
    if (found.windows.length === 0)
      return `${colour.red('Nothing can be restored: there is no usable backup.')}\n`
    const isUtc = new Date(found.windows[0]?.start ?? 0).getTimezoneOffset() === 0
    const lines = found.windows.flatMap((window, index) => {
      const [first = '', ...gaps] = windowLines(window)
      const name =
        index === 0
          ? `Timeline ${window.timeline}, the present one`
          : `Timeline ${window.timeline}, abandoned`
      const local = `${localTime(window.start)} to ${localTime(window.end)}`
      return [
        colour.bold(name),
        `  ${first}`,
        ...(isUtc ? [] : [colour.dim(`  here: ${local}`)]),
        ...gaps.map(gap => colour.yellow(`  ${gap}`)),
      ]
    })
    const {rpoSeconds} = found
    const loss = rpoSeconds === null ? 'unknown' : rpoSeconds === 0 ? 'nothing' : span(rpoSeconds)
    return `${lines.join('\n')}\nLost if every volume but the repositories' vanished now: ${loss}\n`
  }
  return {table: text}
}
