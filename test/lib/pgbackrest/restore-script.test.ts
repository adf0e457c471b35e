import {spawnSync} from 'node:child_process'
import {describe, expect, it} from 'vitest'
import {drillCommand, parseDrillResult} from '../../../src/lib/pgbackrest/drill-script.ts'
import {parseRestoreResult, restoreCommand, resultMark} from '../../../src/lib/pgbackrest/restore-script.ts'

const request = {
  mode: 'restore',
  id: 'abcde',
  mustKeep: true,
  postgresVersion: 17,
  stanza: 'db',
  dataDirectory: '/pgdata/pg17',
  walDirectory: '',
  lsn: '0/5000060',
  options: ['--type=time', '--target=2026-11-23 08:00:00+00'],
} as const

it('the script is clean shell', () => {
  const [shell, , script] = restoreCommand(request)
  const {status, stdout, stderr} = spawnSync('shellcheck', ['--shell', shell ?? '', '-'], {
    input: script,
    encoding: 'utf8',
  })
  expect([status, stdout, stderr]).toEqual([0, '', ''])
})

it('a value never becomes part of the script', () => {
  const [, , script, ...rest] = restoreCommand({...request, options: ['--target=$(reboot)']})
  expect(script).toBe(restoreCommand(request)[2])
  expect(rest).toContain('--target=$(reboot)')
})

it('a restore that replayed less than was promised has not reached its target', () => {
  const [, , script, ...rest] = restoreCommand(request)
  expect(rest.slice(1, 9)).toEqual([
    ...['restore', 'abcde', 'must', '17', 'db', '/pgdata/pg17', ''],
    '0/5000060',
  ])
  expect(script).toMatch(/if ! replayed "\$lsn"; then[\s\S]*"reached":false[\s\S]*exit 3/)
  expect(
    restoreCommand({...request, lsn: undefined})
      .slice(4, 12)
      .at(-1),
  ).toBe('')
})

it.each([
  [`noise\n${resultMark}{"reached":true,"lastTransaction":"2026-01-01 00:00:00+00","timeline":3}\n`, true, 3],
  [`${resultMark}{"reached":false,"lastTransaction":""}`, false, undefined],
])('the last words %j tell how it ended', (words, reached, timeline) => {
  expect(parseRestoreResult(words)).toMatchObject({reached, timeline})
})

it('words that are cut off tell nothing', () => {
  expect(parseRestoreResult(`${resultMark}{"reached":tr`)).toBeUndefined()
  expect(parseRestoreResult('ERROR: [027]')).toBeUndefined()
})

describe('a drill', () => {
  const [shell, , script] = drillCommand({
    postgresVersion: 17,
    stanza: 'db',
    dataDirectory: '/pgdata/pg17',
    lsn: '0/5000060',
    database: 'app',
    options: [],
  })

  it('is clean shell', () => {
    const {stdout} = spawnSync('shellcheck', ['--shell', shell ?? '', '-'], {input: script, encoding: 'utf8'})
    expect(stdout).toBe('')
  })

  it('measures by what was replayed, not by what the new timeline writes', () => {
    expect(script).toContain('replayed "$lsn"')
    expect(script).toMatch(/replayed\(\).*pg_last_wal_replay_lsn\(\) >= /)
    expect(script).not.toContain('pg_current_wal_lsn() >=')
  })

  it('tells what it found', () => {
    const words = `${resultMark}{"recoverySeconds":7,"timeline":2,"lastTransaction":"","checks":[{"name":"amcheck","passed":false,"detail":"bad "}]}`
    expect(parseDrillResult(words)).toEqual({
      recoverySeconds: 7,
      timeline: 2,
      lastTransaction: undefined,
      checks: [{name: 'amcheck', passed: false, detail: 'bad'}],
    })
    expect(parseDrillResult('ERROR: [041]')).toBeUndefined()
  })
})
