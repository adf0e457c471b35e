import {Chalk} from 'chalk'
import {expect, test} from 'vitest'
import {parseDuration} from '../../../src/lib/ui/flags.ts'
import {type Format, printResult} from '../../../src/lib/ui/output.ts'
import {lineProgress} from '../../../src/lib/ui/progress.ts'
import {tableText} from '../../../src/lib/ui/table.ts'
import {ago, bytes, span} from '../../../src/lib/ui/words.ts'

const plain = new Chalk({level: 0})

const printed = async (format: Format): Promise<string> => {
  const chunks: string[] = []
  const stdout = {write: (chunk: string) => chunks.push(chunk)}
  const result = {kind: 'Thing', left: undefined, at: new Date(0)}
  await printResult(
    stdout,
    result,
    {table: () => 'short\n', name: () => ['thing/a']},
    {format, colour: plain},
  )
  return chunks.join('')
}

test('json and yaml hold the same, and a view that a command lacks falls back to its table', async () => {
  expect(JSON.parse(await printed('json'))).toEqual({kind: 'Thing', at: '1970-01-01T00:00:00.000Z'})
  expect(await printed('yaml')).toBe('kind: Thing\nat: 1970-01-01T00:00:00.000Z\n')
  expect(await printed('wide')).toBe('short\n')
  expect(await printed('name')).toBe('thing/a\n')
})

test('a table is aligned by what is seen, not by colour codes, and ends no line in blanks', () => {
  const columns = [
    {title: 'NAME', value: (row: {name: string}) => row.name},
    {title: 'SIZE', value: (row: {size: number | null}) => row.size, align: 'right' as const},
  ]
  const rows = [
    {name: 'a', size: 1},
    {name: 'longer', size: null},
  ]
  const text = tableText(columns, rows, plain)
  expect(text).toBe('NAME    SIZE\na          1\nlonger     -\n')
  const coloured = tableText(columns, rows, new Chalk({level: 1}))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal gets
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(text)
})

test.each([
  ['90', 90],
  ['90s', 90],
  ['10m', 600],
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['2d', 172_800],
])('the duration %s is %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each(['', 'soon', '10 m', '5x', 'm'])('"%s" is no duration', text => {
  expect(() => parseDuration(text)).toThrow(/is no duration/)
})

test('sizes and spans are short', () => {
  expect([0, 512, 1536, 5 * 1024 ** 3, 300 * 1024 ** 2].map(bytes)).toEqual([
    '0 B',
    '512 B',
    '1.5 KiB',
    '5.0 GiB',
    '300 MiB',
  ])
  expect([0, 59, 60, 310, 7200, 12_000, 300_000].map(span)).toEqual([
    '0s',
    '59s',
    '1m',
    '5m10s',
    '2h',
    '3h20m',
    '3d',
  ])
  expect(ago(null, new Date())).toBe('-')
})

test('in a log each step is told once when it begins and once when it is done', () => {
  const lines: string[] = []
  const progress = lineProgress({write: line => lines.push(line)}, () => 1.25)
  const step = (state: 'pending' | 'active' | 'done', detail?: string) => [
    {id: 'a', title: 'Leader', state, ...(detail === undefined ? {} : {detail})},
  ]
  progress.show(step('pending'), undefined)
  progress.show(step('active'), undefined)
  progress.show(step('active'), 'pods start')
  progress.show(step('active'), 'initdb runs')
  // A pod that goes back and forth is told once.
  progress.show(step('active'), 'pods start')
  progress.show(step('active'), 'initdb runs')
  progress.show(step('done', 'hippo-pg-1 leads'), undefined)
  expect(lines.join('')).toBe(
    [
      '   1.3s … Leader',
      '   1.3s   pods start',
      '   1.3s   initdb runs',
      '   1.3s ✔ Leader: hippo-pg-1 leads',
      '',
    ].join('\n'),
  )
})
