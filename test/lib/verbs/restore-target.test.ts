import {describe, expect, it} from 'vitest'
import {readTarget, restoreOptions, type TargetFlags} from '../../../src/lib/verbs/restore-target.ts'
import {instantsOf, postgresTime, readTime, withOffset} from '../../../src/lib/verbs/restore-time.ts'

const now = new Date('2026-11-23T08:15:00Z')
const refuse = (): Date => {
  throw new Error('no zone')
}
const instant = (text: string): string => {
  const read = readTime(text, now)
  return read.kind === 'instant' ? read.at.toISOString() : 'local'
}

describe('a time', () => {
  it.each([
    ['2026-11-23T08:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23 08:00:00 UTC', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T09:00:00+01:00', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23 02:30:00.25-0530', '2026-11-23T08:00:00.250Z'],
    ['2026-11-23 08:00+00', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23 09:00 Europe/Berlin', '2026-11-23T08:00:00.000Z'],
    ['10 minutes ago', '2026-11-23T08:05:00.000Z'],
    ['90s ago', '2026-11-23T08:13:30.000Z'],
    ['1.5 hours ago', '2026-11-23T06:45:00.000Z'],
    ['1 day ago', '2026-11-22T08:15:00.000Z'],
    ['2026-11-23T08:00:00', 'local'],
    ['2026-11-23', 'local'],
  ])('%s is %s', (text, expected) => {
    expect(instant(text)).toBe(expected)
  })

  it.each([
    'yesterday',
    '10 fortnights ago',
    '2026-02-30T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T08:60:00Z',
    '2026-11-23T08:00:00+25:00',
    '2026-11-23 08:00 Mars/Olympus',
    '23.11.2026 08:00',
    '999999999999999 weeks ago',
    '60 years ago',
    '3000 weeks ago',
    '0000-01-01T00:00:00Z',
    '0099-01-01 00:00',
    '1969-12-31 Europe/Berlin',
    '',
  ])('%j is refused as no time', text => {
    expect(() => readTime(text, now)).toThrow(
      expect.objectContaining({code: 'PGK_TIME_INVALID', exitCode: 2}),
    )
  })

  it('that clocks showed twice is refused, with both readings', () => {
    expect(() => readTime('2026-10-25 02:30 Europe/Berlin', now)).toThrow(
      expect.objectContaining({
        code: 'PGK_TIME_AMBIGUOUS',
        hints: ['Say which: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00'],
      }),
    )
  })

  it('that clocks skipped is refused', () => {
    expect(() => readTime('2026-03-29 02:30 Europe/Berlin', now)).toThrow(
      expect.objectContaining({code: 'PGK_TIME_INVALID'}),
    )
  })

  it('keeps microseconds for Postgres', () => {
    const read = readTime('2026-11-23T08:00:00.123456Z', now)
    expect(read.kind === 'instant' && postgresTime(read.at, read.fraction)).toBe(
      '2026-11-23 08:00:00.123456+00',
    )
    expect(postgresTime(new Date('2026-11-23T08:00:00.5Z'), '')).toBe('2026-11-23 08:00:00.500+00')
    expect(postgresTime(now, '')).toBe('2026-11-23 08:15:00+00')
  })

  it('reads back what it prints in a zone', () => {
    const zone = 'America/New_York'
    expect(withOffset(now, zone)).toBe('2026-11-23T03:15:00-05:00')
    const local = {year: 2026, month: 11, day: 23, hour: 3, minute: 15, second: 0, fraction: ''}
    expect(instantsOf(local, zone)).toEqual([now])
  })
})

describe('a target', () => {
  const options = (flags: TargetFlags): string[] =>
    restoreOptions(readTarget(flags, now, refuse), {label: '20261123-080000F', repo: 2}, 3)
  const from = ['--repo=2', '--set=20261123-080000F']

  it.each<[TargetFlags, string[]]>([
    [{latest: true}, ['--type=default', '--target-timeline=3']],
    [
      {pitr: '2026-11-23T08:00:00Z'},
      ['--type=time', '--target=2026-11-23 08:00:00+00', '--target-timeline=3', '--target-action=promote'],
    ],
    [
      {lsn: '0/5000060', exclusive: true},
      [
        '--type=lsn',
        '--target=0/5000060',
        '--target-timeline=3',
        '--target-action=promote',
        '--target-exclusive',
      ],
    ],
    [{xid: '4711'}, ['--type=xid', '--target=4711', '--target-timeline=3', '--target-action=promote']],
    [
      {name: 'vor dem Überspielen'},
      ['--type=name', '--target=vor dem Überspielen', '--target-timeline=3', '--target-action=promote'],
    ],
    [{name: 'before'}, ['--type=name', '--target=before', '--target-timeline=3', '--target-action=promote']],
    [
      {backup: '20261123-080000F'},
      ['--type=immediate', '--target-action=promote', '--recovery-option=recovery_target_timeline=3'],
    ],
  ])('%j becomes options of pgbackrest', (flags, expected) => {
    expect(options(flags)).toEqual([...from, ...expected])
  })

  it.each<[TargetFlags, string]>([
    [{}, 'PGK_TARGET_MISSING'],
    [{latest: true, lsn: '0/1'}, 'PGK_FLAGS_CONFLICT'],
    [{lsn: 'here'}, 'PGK_TARGET_INVALID'],
    [{xid: '-1'}, 'PGK_TARGET_INVALID'],
    [{backup: 'newest'}, 'PGK_TARGET_INVALID'],
    [{name: "it's"}, 'PGK_TARGET_INVALID'],
    [{name: 'a"b'}, 'PGK_TARGET_INVALID'],
    [{name: 'a\\b'}, 'PGK_TARGET_INVALID'],
    [{name: 'a\nb'}, 'PGK_TARGET_INVALID'],
    [{name: 'ä'.repeat(32)}, 'PGK_TARGET_INVALID'],
    [{latest: true, repo: 'repo9'}, 'PGK_TARGET_INVALID'],
    [{latest: true, exclusive: true}, 'PGK_TARGET_INVALID'],
  ])('%j is refused with %s', (flags, code) => {
    expect(() => readTarget(flags, now, refuse)).toThrow(expect.objectContaining({code, exitCode: 2}))
  })

  it('is told in words that a shell takes back as they were', () => {
    const {text} = readTarget({pitr: '10 minutes ago', repo: 'repo2', exclusive: true}, now, refuse)
    expect(text).toBe("--pitr '10 minutes ago' --repo repo2 --exclusive")
  })

  it('without an offset is left to whoever knows the zone', () => {
    expect(() => readTarget({pitr: '2026-11-23 08:00'}, now, refuse)).toThrow('no zone')
  })
})
