import {type PgkError, usageError} from '../errors.ts'
import {shellWord} from '../model/command-line.ts'
import type {RestorePoint, RestoreTarget} from '../pgbackrest/targets.ts'
import {parseLsn} from '../postgres/lsn.ts'
import {type LocalTime, postgresTime, readTime} from './restore-time.ts'

/** The flags that say where a restore is to stop. */
export interface TargetFlags {
  pitr?: string | undefined
  latest?: boolean | undefined
  backup?: string | undefined
  lsn?: string | undefined
  xid?: string | undefined
  name?: string | undefined
  exclusive?: boolean | undefined
  repo?: string | undefined
  set?: string | undefined
  timeline?: number | undefined
}

/** What a person asked for, once it is certain. */
export interface Wanted {
  target: RestoreTarget
  /** Digits after the second's point, as given; a `Date` holds only three. */
  fraction: string
  exclusive: boolean
  /** The flags, so that the same words again mean the same operation. */
  text: string
}

export const pointFlags = ['pitr', 'latest', 'backup', 'lsn', 'xid', 'name'] as const

const invalid = (flag: string, message: string, hint: string): PgkError =>
  usageError('TARGET_INVALID', message, {object: `flag --${flag}`, hints: [hint]})

const targetHint =
  'Say where to stop: --pitr TIME, --latest, --backup LABEL, --lsn LSN, --xid XID or --name NAME.'

function givenFlag(flags: TargetFlags): (typeof pointFlags)[number] {
  const given = pointFlags.filter(name => flags[name] !== undefined && flags[name] !== false)
  const [first, second] = given
  if (first === undefined)
    throw usageError('TARGET_MISSING', 'a restore needs a target', {hints: [targetHint]})
  if (second === undefined) return first
  throw usageError('FLAGS_CONFLICT', `--${first} and --${second} contradict each other`, {
    hints: [targetHint],
  })
}

function pointOf(flag: Exclude<(typeof pointFlags)[number], 'pitr'>, value: string): RestorePoint {
  switch (flag) {
    case 'latest':
      return {kind: 'latest'}
    case 'backup':
      if (/^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?$/.test(value)) return {kind: 'backup', label: value}
      throw invalid('backup', `"${value}" is no label of a backup`, 'Labels: pgk backup list')
    case 'lsn':
      if (parseLsn(value) !== undefined) return {kind: 'lsn', lsn: value.toUpperCase()}
      throw invalid('lsn', `"${value}" is no LSN`, 'For example --lsn 0/5000060')
    case 'xid':
      if (/^[1-9]\d{0,19}$/.test(value)) return {kind: 'xid', xid: value}
      throw invalid('xid', `"${value}" is no transaction id`, 'For example --xid 4711')
    default:
      // pgBackRest writes it between quotes into a file that Postgres must be able to start from.
      if (/^[^\p{Cc}'"\\]+$/u.test(value) && Buffer.byteLength(value) < 64) return {kind: 'name', name: value}
      throw invalid(
        'name',
        'a restore point is named by 1 to 63 bytes, without quotes, backslashes and control characters',
        'One that is named otherwise can be reached by its place or time: --lsn, --pitr',
      )
  }
}

/** `2` and `repo2` are 2. */
export function repoNumberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, number] = /^(?:repo)?([1-4])$/.exec(text) ?? []
  if (number !== undefined) return Number(number)
  throw invalid('repo', `"${text}" is no repository`, 'repo1, repo2, repo3 or repo4')
}

/** The words of the target, as they were given; they can be typed again. */
export function wordsOf(flags: TargetFlags): string {
  const words = [...pointFlags, 'repo', 'set', 'timeline', 'exclusive'] as const
  return words
    .flatMap(name => {
      const value = flags[name]
      if (value === undefined || value === false) return []
      return value === true ? [`--${name}`] : [`--${name} ${shellWord(String(value))}`]
    })
    .join(' ')
}

/**
 * Pure. The target that the flags name. A time without an offset is given back for the caller to settle:
 * with `settle`, which knows the zone that a person meant, or by throwing.
 */
export function readTarget(
  flags: TargetFlags,
  now: Date,
  settle: (local: LocalTime, text: string) => Date,
): Wanted {
  const flag = givenFlag(flags)
  const exclusive = flags.exclusive ?? false
  if (exclusive && !['pitr', 'lsn', 'xid'].includes(flag)) {
    throw invalid(
      'exclusive',
      `--exclusive says nothing with --${flag}`,
      'It goes with --pitr, --lsn and --xid.',
    )
  }
  const repo = repoNumberOf(flags.repo)
  const rest = {
    ...(repo === undefined ? {} : {repo}),
    ...(flags.set === undefined ? {} : {set: flags.set}),
    ...(flags.timeline === undefined ? {} : {timeline: flags.timeline}),
  }
  const wanted = (point: RestorePoint, fraction = ''): Wanted => ({
    target: {point, ...rest},
    fraction,
    exclusive,
    text: wordsOf(flags),
  })
  if (flag !== 'pitr') return wanted(pointOf(flag, flag === 'latest' ? '' : (flags[flag] ?? '')))
  const text = flags.pitr ?? ''
  const read = readTime(text, now)
  if (read.kind === 'instant') return wanted({kind: 'time', at: read.at}, read.fraction)
  return wanted({kind: 'time', at: settle(read.local, text)}, read.local.fraction)
}

/** Options of `pgbackrest restore` for a target, from a set along a timeline. */
export function restoreOptions(
  {target, fraction, exclusive}: Wanted,
  set: {label: string; repo: number},
  timeline: number,
): string[] {
  const {point} = target
  const from = [`--repo=${set.repo}`, `--set=${set.label}`]
  const end = ['--target-action=promote', ...(exclusive ? ['--target-exclusive'] : [])]
  const along = `--target-timeline=${timeline}`
  switch (point.kind) {
    case 'latest':
      return [...from, '--type=default', along]
    case 'backup':
      return [...from, '--type=immediate', ...end, `--recovery-option=recovery_target_timeline=${timeline}`]
    case 'time':
      return [...from, '--type=time', `--target=${postgresTime(point.at, fraction)}`, along, ...end]
    case 'lsn':
      return [...from, '--type=lsn', `--target=${point.lsn}`, along, ...end]
    case 'xid':
      return [...from, '--type=xid', `--target=${point.xid}`, along, ...end]
    case 'name':
      return [...from, '--type=name', `--target=${point.name}`, along, ...end]
  }
}
