import {expect, test} from 'vitest'
import {canAnimate, canAsk, colourOf} from '../../../src/lib/ui/terminal.ts'

const stream = (isTTY: boolean) => ({write: () => undefined, isTTY, columns: 80})

test.each<[string, boolean, NodeJS.ProcessEnv, boolean, boolean]>([
  ['a terminal', true, {TERM: 'xterm'}, false, true],
  ['a pipe', false, {TERM: 'xterm'}, false, false],
  ['NO_COLOR', true, {NO_COLOR: '1'}, false, false],
  ['an empty NO_COLOR', true, {NO_COLOR: ''}, false, true],
  ['a dumb terminal', true, {TERM: 'dumb'}, false, false],
  ['CI', true, {CI: 'true'}, false, false],
  ['CI=false', true, {CI: 'false'}, false, true],
  ['--no-color', true, {}, true, false],
])('%s decides about colours', (_, isTTY, environment, off, coloured) => {
  expect(colourOf(stream(isTTY), environment, off).red('x') !== 'x').toBe(coloured)
})

const terminal = (stdin: boolean, stderr: boolean, environment: NodeJS.ProcessEnv = {}) => ({
  stdout: stream(false),
  stderr: stream(stderr),
  stdin: Object.assign((async function* () {})(), {isTTY: stdin}),
  environment,
})

test('a redirected result leaves questions and animation on the terminal', () => {
  expect(canAsk(terminal(true, true), false)).toBe(true)
  expect(canAnimate(terminal(true, true))).toBe(true)
})

test.each([
  ['input is a pipe', terminal(false, true), false],
  ['messages go to a file', terminal(true, false), false],
  ['a CI runs it', terminal(true, true, {CI: '1'}), false],
  ['the result is for a machine', terminal(true, true), true],
])('nothing is asked when %s', (_, given, machine) => {
  expect(canAsk(given, machine)).toBe(false)
})
