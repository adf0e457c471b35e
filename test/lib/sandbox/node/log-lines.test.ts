import fc from 'fast-check'
import {expect, test} from 'vitest'
import {LineSplitter, LogRenderer, parseEntry} from '../../../../src/lib/sandbox/node/streams/log-lines.ts'

const time = '2026-01-01T00:00:01.000000001Z'
const render = (lines: string[], format = {timestamps: false}) => {
  const renderer = new LogRenderer(format)
  const entries = lines.map(line => parseEntry(Buffer.from(line)))
  return entries.map(entry => (entry && renderer.render(entry)?.toString()) ?? '').join('')
}

test('entries become what the container wrote', () => {
  expect(
    render([`${time} stdout F one`, `${time} stderr F `, `${time} stdout P begin `, `${time} stdout F end`]),
  ).toBe('one\n\nbegin end\n')
})

test('a line that goes on has one time', () => {
  const lines = [`${time} stdout P begin `, `${time} stdout F end`, `${time} stdout F next`]
  expect(render(lines, {timestamps: true})).toBe(`${time} begin end\n${time} next\n`)
})

test('what was written before is left out', () => {
  const format = {timestamps: false, since: Date.parse('2026-01-01T00:00:02Z')}
  expect(render([`${time} stdout F old`, '2026-01-01T00:00:02Z stdout F new'], format)).toBe('new\n')
})

test('what is no entry is passed over', () => {
  expect(parseEntry(Buffer.from('nothing'))).toBeUndefined()
})

test('lines are the same however they arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[^\n]*$/)), fc.integer({min: 1, max: 7}), (lines, size) => {
      const data = Buffer.from(lines.map(line => `${line}\n`).join(''))
      const splitter = new LineSplitter()
      const found: string[] = []
      for (let at = 0; at < data.length; at += size) {
        found.push(...splitter.push(data.subarray(at, at + size)).map(each => each.toString()))
      }
      expect(found).toEqual(lines)
    }),
  )
})
