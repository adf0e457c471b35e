import {nearest, type Problem} from './problem.ts'

/** The options of `pgbackrest restore` that a data source may carry, one an entry: `--name=value`. */

export interface RestoreOption {
  name: string
  /** Empty for an option without one. */
  value: string
}

/** `--target="2026-11-23 08:00:00+00"` as pgBackRest gets it when no shell takes the quotes away. */
export const unquoted = (option: string): string => option.trim().replace(/=(["'])(.*)\1$/s, '=$2')

/** Undefined for an entry that is no option. */
export function readRestoreOption(entry: string): RestoreOption | undefined {
  const [, name, value = ''] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(unquoted(entry)) ?? []
  return name === undefined ? undefined : {name, value}
}

/** Where recovery stops by a target of its own. */
const AIMED = ['time', 'lsn', 'xid', 'name']
const TYPES = ['default', 'immediate', ...AIMED]

type Complaint = (value: string) => string | undefined

const matching =
  (pattern: RegExp, message: string): Complaint =>
  value =>
    pattern.test(value) ? undefined : message

const KNOWN: Readonly<Record<string, Complaint>> = {
  type: value =>
    TYPES.includes(value) ? undefined : `asks for the type "${value}"; pgk knows ${TYPES.join(', ')}`,
  target: matching(/./, 'names no target'),
  set: matching(/^(latest|\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?)$/, 'names no backup'),
  'target-timeline': matching(/^(latest|current|\d+|0x[0-9a-f]+)$/i, 'names no timeline'),
  'target-exclusive': matching(/^y?$/, 'takes no value'),
  'target-action': matching(
    /^promote$/,
    'must be promote: anything else leaves a cluster that nobody can write to',
  ),
  'recovery-option': matching(
    /^recovery_target_timeline=(latest|current|\d+)$/,
    'may only set recovery_target_timeline',
  ),
  'process-max': matching(/^[1-9]\d{0,2}$/, 'must be a number of processes'),
  delta: matching(/^y?$/, 'takes no value'),
}

/** What pgk itself passes. */
const OWN = ['repo', 'stanza', 'pg1-path', 'link-map', 'config', 'config-path', 'config-include-path']

function optionProblem(entry: string, path: string): Problem[] {
  const option = readRestoreOption(entry)
  if (option === undefined) {
    const message = `is no option: ${JSON.stringify(entry)}`
    return [{path, message, hint: 'Write each option as an entry of its own: --type=time'}]
  }
  const {name, value} = option
  if (OWN.includes(name) || /^repo\d*-/.test(name)) {
    return [{path, message: `sets --${name}, which pgk sets itself`, hint: 'Remove it.'}]
  }
  const complain = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  if (complain === undefined) {
    const meant = nearest(name, Object.keys(KNOWN))
    const known = Object.keys(KNOWN).map(key => `--${key}`)
    const hint = meant === undefined ? `pgk acts on ${known.join(', ')}.` : `Did you mean --${meant}?`
    return [{path, message: `has the option --${name}, which pgk does not act on`, hint}]
  }
  const message = complain(value)
  return message === undefined ? [] : [{path, message: `--${name} ${message}`}]
}

/** What is wrong with a list of options, entry by entry, and between them. */
export function restoreOptionProblems(options: readonly string[], path: string): Problem[] {
  const problems = options.flatMap((entry, index) => optionProblem(entry, `${path}[${index}]`))
  if (problems.length > 0) return problems
  const read = options.flatMap(entry => readRestoreOption(entry) ?? [])
  const names = read.map(({name}) => name)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice !== -1) return [{path: `${path}[${twice}]`, message: `gives --${names[twice]} a second time`}]
  const type = read.find(({name}) => name === 'type')?.value ?? 'default'
  const aimed = AIMED.includes(type)
  const target = names.indexOf('target')
  if (aimed && target === -1) return [{path, message: `have --type=${type} and no --target`}]
  if (!aimed && target !== -1) {
    return [
      {
        path: `${path}[${target}]`,
        message: 'names a --target without a type that has one',
        hint: `Say which: --type=${AIMED.join(', --type=')}`,
      },
    ]
  }
  return []
}
