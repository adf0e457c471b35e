import {Chalk} from 'chalk'
import {expect, test} from 'vitest'
import {forbiddenError, usageError} from '../../../src/lib/errors.ts'
import {asPgkError, failureJson, failureText} from '../../../src/lib/ui/failure.ts'
import {wantsJson} from '../../../src/lib/ui/main.ts'

const plain = new Chalk({level: 0})
const known = {commands: ['create cluster', 'list', 'sandbox up'], flags: ['context', 'replicas']}
/** An error as oclif's parser throws it. */
const fromParser = (message: string, more: object = {}) =>
  Object.assign(new Error(message), {oclif: {exit: 2}, ...more})

test('a person reads what happened, on which object, why, and what to do next', () => {
  const error = forbiddenError('FORBIDDEN', 'you may not list pods', {
    object: 'namespace db',
    reason: 'no rights',
    hints: ['Ask for it:', 'kind: Role\nrules: []'],
  })
  expect(failureText(error, plain)).toBe(
    [
      'Error: you may not list pods (PGK_FORBIDDEN)',
      '  Object: namespace db',
      '  Reason: no rights',
      '  Next:   Ask for it:',
      '          kind: Role',
      '          rules: []',
      '',
    ].join('\n'),
  )
})

test('a script reads the same as JSON, with null for what there is not', () => {
  expect(JSON.parse(failureJson(usageError('NAME', 'bad name')))).toEqual({
    apiVersion: 'pgk/v1',
    kind: 'Error',
    code: 'PGK_NAME',
    message: 'bad name',
    object: null,
    reason: null,
    hints: [],
    exitCode: 2,
  })
})

test('an unknown flag and an unknown command are usage errors with the nearest right one', () => {
  const flag = asPgkError(
    fromParser('Nonexistent flag: --contxt\nSee more help', {flags: ['--contxt']}),
    known,
  )
  expect(flag).toMatchObject({exitCode: 2, message: 'there is no flag --contxt'})
  expect(flag.hints[0]).toBe('Did you mean --context?')
  const command = asPgkError(fromParser('command creat:cluster not found'), known)
  expect(command).toMatchObject({exitCode: 2, code: 'PGK_COMMAND_UNKNOWN'})
  expect(command.hints[0]).toBe('Did you mean: pgk create cluster')
})

test('a value that a flag refuses is told in one sentence, with the flag and what to write', () => {
  const refused = usageError('DURATION_INVALID', '"soon" is no duration', {hints: ['Write it as 90s.']})
  // As oclif passes on what a flag's parser throws.
  refused.message = `Parsing --timeout \n\t${refused.message}\nSee more help with --help`
  expect(failureText(asPgkError(refused, known), plain)).toBe(
    [
      'Error: "soon" is no duration (PGK_DURATION_INVALID)',
      '  Object: flag --timeout',
      '  Next:   Write it as 90s.',
      '',
    ].join('\n'),
  )
})

test('leaving a prompt is cancelled, not failed', () => {
  const left = Object.assign(new Error('User force closed the prompt'), {name: 'ExitPromptError'})
  expect(asPgkError(left, known)).toMatchObject({exitCode: 3, code: 'PGK_CANCELLED'})
})

test('anything unforeseen owns up to being a defect', () => {
  expect(asPgkError(new TypeError('x is undefined'), known)).toMatchObject({code: 'PGK_DEFECT', exitCode: 1})
})

test.each([
  [['list', '-o', 'json'], {}, true],
  [['list', '-ojson'], {}, true],
  [['list', '--output=json'], {}, true],
  [['list', '--json'], {}, true],
  [['list'], {PGK_OUTPUT: 'json'}, true],
  [['list', '-o', 'yaml'], {PGK_OUTPUT: 'json'}, false],
  [['psql', '--', '--json'], {}, false],
])('%j with %j asks for JSON errors: %s', (argv, environment, expected) => {
  expect(wantsJson(argv, environment)).toBe(expected)
})
