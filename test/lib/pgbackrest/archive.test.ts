import {expect, test} from 'vitest'
import {parseHistory, parseListing, parseSegment, segmentName} from '../../../src/lib/pgbackrest/archive.ts'

const hash = '-d48c508e9e8b9242a9a2224c7db9a14c440a8918'

test('a listing of pgBackRest 2.55 gives segments with times, history files, and nothing else', () => {
  const text = JSON.stringify({
    '.': {type: 'path'},
    '17-1/0000000100000000': {type: 'path'},
    [`17-1/0000000100000000/000000010000000000000003${hash}.lz4`]: {type: 'file', size: 1, time: 1795422724},
    [`17-1/0000000100000000/0000000100000000000000FF${hash}`]: {type: 'file', size: 1, time: 1795422725},
    '17-1/0000000100000000/000000010000000000000002.00000028.backup': {type: 'file', size: 338, time: 1},
    [`17-1/0000000100000000/000000010000000000000004.partial${hash}.lz4`]: {type: 'file', size: 1, time: 1},
    '17-1/00000002.history': {type: 'file', size: 42, time: 1795422730},
    'archive.info': {type: 'file', size: 255, time: 1795422725},
  })
  expect(parseListing(text, 2)).toEqual([
    {
      repo: 2,
      id: '17-1',
      first: '000000010000000000000003',
      last: '0000000100000000000000FF',
      segments: [
        {timeline: 1, number: 3, archivedAt: new Date(1795422724000)},
        {timeline: 1, number: 255, archivedAt: new Date(1795422725000)},
      ],
      histories: new Map([[2, new Date(1795422730000)]]),
    },
  ])
})

test('a segment follows the last one of a log file in the next', () => {
  expect(parseSegment('0000000200000001000000FF')).toEqual({timeline: 2, number: 511})
  expect(segmentName(2, 512)).toBe('000000020000000200000000')
  expect(parseSegment('000000020000000200000000.partial')).toBeUndefined()
})

test('a history file tells every fork with its reason', () => {
  const text = '1\t0/5000098\tno recovery target specified\n\n2\t1/A000000\tbefore 2026-11-23 08:00:00.5+00\n'
  expect(parseHistory(text)).toEqual([
    {timeline: 1, lsn: 0x5000098, reason: 'no recovery target specified'},
    {timeline: 2, lsn: 2 ** 32 + 0xa000000, reason: 'before 2026-11-23 08:00:00.5+00'},
  ])
})
