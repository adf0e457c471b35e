import {ExitCode, PgkError, usageError} from '../errors.ts'
import {nearest} from '../model/problem.ts'
import {isRecord} from '../record.ts'
import type {Colour} from './terminal.ts'

/** oclif's own complaints about flags, arguments and commands. */
const isFromParser = (error: unknown): error is Error & {oclif: unknown} =>
  error instanceof Error && 'oclif' in error && isRecord(error.oclif)

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []

export interface Known {
  /** Command ids as they are typed: `create cluster`. */
  commands: readonly string[]
  /** The flags of the command that was run, without dashes. */
  flags: readonly string[]
}

function parserFailure(error: Error, known: Known): PgkError {
  const [first = '', ...rest] = error.message
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line !== '' && !line.startsWith('See more help'))
  const missing = /^command (.+) not found$/.exec(first)?.[1]?.replaceAll(':', ' ')
  if (missing !== undefined) return unknownCommand(missing, known, error)
  const flags = 'flags' in error ? texts(error.flags) : []
  const meant = flags.flatMap(flag => nearest(flag.replace(/^-+/, ''), known.flags) ?? [])
  const [message, ...reasons] =
    flags.length > 0 ? [`there is no flag ${flags.join(', ')}`] : plain(first, rest)
  return usageError('USAGE', message, {
    ...(reasons.length > 0 ? {reason: reasons.join('\n')} : {}),
    hints: [
      ...meant.map(flag => `Did you mean --${flag}?`),
      'Run the command with --help to see how it is used.',
    ],
    cause: error,
  })
}

const small = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)

/** The parser's headings say nothing: what stands below them is what is wrong. */
function plain(first: string, rest: readonly string[]): [string, ...string[]] {
  const [second, ...others] = rest.map(line => line.trim())
  if (second === undefined) return [small(first)]
  const flag = /^Parsing (--\S+)/.exec(first)?.[1]
  if (flag !== undefined) return [`${flag}: ${small(second)}`, ...others]
  const missing = /^Missing required flag (\S+)/.exec(second)?.[1]
  if (missing !== undefined) return [`--${missing} is missing`, ...others]
  return /^The following errors? occurred:$/.test(first)
    ? [small(second), ...others]
    : [small(first), second, ...others]
}

function unknownCommand(typed: string, known: Known, cause: Error): PgkError {
  const below = known.commands.filter(command => command.startsWith(`${typed} `))
  // What was typed may go on with arguments: the longest beginning that is near to a command counts.
  const words = typed.split(' ')
  const meant = words
    .map((_, index) => nearest(words.slice(0, words.length - index).join(' '), known.commands))
    .find(found => found !== undefined)
  return usageError('COMMAND_UNKNOWN', `there is no command "pgk ${typed}"`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean: pgk ${meant}`]),
      ...below.slice(0, 5).map(command => `pgk ${command}`),
      'All commands: pgk --help',
    ],
    cause,
  })
}

/** What a flag's own parser threw: oclif writes a heading and an end around its message. */
function unwrapped(error: PgkError): PgkError {
  const [, flag, message] = /^Parsing (--\S+)\s+(.*)\nSee more help[^\n]*$/s.exec(error.message) ?? []
  if (flag === undefined || message === undefined) return error
  const {code, object = `flag ${flag}`, reason, hints, exitCode} = error
  return new PgkError({
    code: code.replace(/^PGK_/, ''),
    message,
    object,
    ...(reason === undefined ? {} : {reason}),
    hints: [...hints],
    exitCode,
    cause: error,
  })
}

/** Whatever was thrown, as an error of pgk's family. */
export function asPgkError(error: unknown, known: Known): PgkError {
  if (error instanceof PgkError) return unwrapped(error)
  if (isFromParser(error)) return parserFailure(error, known)
  if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
    return new PgkError({
      code: 'CANCELLED',
      message: 'cancelled; nothing was changed',
      exitCode: ExitCode.cancelled,
      cause: error,
    })
  }
  return new PgkError({
    code: 'DEFECT',
    message: error instanceof Error ? error.message : String(error),
    reason: 'this should not happen: it is a defect of pgk',
    hints: ['Run it again with DEBUG=1 and report what it prints.'],
    exitCode: ExitCode.failed,
    cause: error,
  })
}

const labelled = (label: string, text: string, colour: Colour): string =>
  text
    .split('\n')
    .map((line, index) => `  ${colour.dim((index === 0 ? `${label}:` : '').padEnd(8))}${line}`)
    .join('\n')

/** What happened, on which object, why, and what to run next. */
export function failureText(error: PgkError, colour: Colour): string {
  const lines = [`${colour.red.bold('Error:')} ${error.message} ${colour.dim(`(${error.code})`)}`]
  if (error.object !== undefined) lines.push(labelled('Object', error.object, colour))
  if (error.reason !== undefined) lines.push(labelled('Reason', error.reason, colour))
  if (error.hints.length > 0) lines.push(labelled('Next', error.hints.join('\n'), colour))
  return `${lines.join('\n')}\n`
}

export function failureJson(error: PgkError): string {
  const {code, message, object = null, reason = null, hints, exitCode} = error
  const content = {apiVersion: 'pgk/v1', kind: 'Error', code, message, object, reason, hints, exitCode}
  return `${JSON.stringify(content, undefined, 2)}\n`
}

/** The stacks of an error and of what caused it, for DEBUG. */
export function stacksOf(error: unknown): string {
  const stacks: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) stacks.push(at.stack ?? at.message)
  return `${stacks.join('\ncaused by: ')}\n`
}
