import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {type Behind, lostCommitsCommand, readLostCommits} from '../../../src/lib/postgres/lost-commits.ts'

const commit = (lsn: string, at: string): string =>
  `rmgr: Transaction len (rec/tot): 98/98, tx: 746, lsn: ${lsn}, prev 0/0246B8F0, desc: COMMIT ${at} UTC; inval msgs: catcache 36`
const wal = [
  commit('0/0246ADD8', '2026-11-28 14:56:08.229741'),
  'rmgr: Transaction len (rec/tot): 78/78, tx: 746, lsn: 0/0246B8F0, prev 0/0, desc: INVALIDATION ; inval msgs: catcache 36',
  commit('0/0246B940', '2026-11-28 14:56:08.266686'),
  'rmgr: Transaction len (rec/tot): 34/34, tx: 747, lsn: 0/0246C000, prev 0/0, desc: ABORT 2026-11-28 14:56:09.000000 UTC',
  'rmgr: Transaction len (rec/tot): 98/98, tx: 748, lsn: 1/00000028, prev 0/0, desc: COMMIT_PREPARED gid x: 2026-11-28 14:56:10.000000 UTC',
]

describe('counting lost commits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pgk-wal-'))
  /** Runs the real script over files of that name, with a pg_waldump that says where it began. */
  function run(behind: Behind, names: readonly string[] = ['000000010000000000000002']) {
    const wals = join(folder, 'data/pg_wal')
    rmSync(wals, {recursive: true, force: true})
    mkdirSync(wals, {recursive: true})
    for (const name of names) writeFileSync(join(wals, name), '')
    const [file = '', ...args] = lostCommitsCommand(17, behind)
    const own = args.map(arg => (arg === '/pgdata/pg17' ? join(folder, 'data') : arg))
    const env = {...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`}
    const {stdout, stderr} = spawnSync(file, own, {encoding: 'utf8', env})
    return {output: stdout.trim(), asked: stderr.trim()}
  }
  beforeAll(() => {
    mkdirSync(join(folder, 'bin'))
    const tool = (name: string, body: string): void => {
      writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`)
      chmodSync(join(folder, 'bin', name), 0o755)
    }
    tool('psql', 'echo 000000010000000000000004 1/48')
    // Says on stderr what it was to read; fails where the first file is the one that cannot be read.
    const body = `echo "$*" >&2\ncat <<'WAL'\n${wal.join('\n')}\nWAL\n[ "$4" != 000000010000000000000001 ]`
    tool('pg_waldump', body)
  })
  afterAll(() => rmSync(folder, {recursive: true, force: true}))

  it.each<[string, Behind, string]>([
    ['behind a moment', {kind: 'time', at: new Date('2026-11-28T14:56:08.250Z')}, '1 2'],
    ['behind the last one', {kind: 'time', at: new Date('2026-11-28T14:56:10Z')}, '3 0'],
    ['behind a place in the WAL', {kind: 'lsn', position: 0x246b940}, '2 1'],
    ['across a change of the upper half', {kind: 'lsn', position: 2 ** 32}, '2 1'],
    ['with WAL that begins behind it', {kind: 'time', at: new Date('2026-11-28T14:00:00Z')}, '0 3'],
  ])('finds those %s', (_, behind, output) => {
    expect(run(behind).output).toBe(output)
  })

  it('reads from the oldest file of the present timeline to where the leader writes', () => {
    const names = ['2', '3', '4', '5'].map(number => `00000001000000000000000${number}`)
    const found = run({kind: 'lsn', position: 0}, ['000000000000000000000003', ...names, '00000002.history'])
    expect(found.asked).toBe(
      '--rmgr=Transaction --path=. --end=1/48 000000010000000000000002 000000010000000000000004',
    )
  })

  it('counts nothing when the WAL was not read to its end', () => {
    expect(run({kind: 'lsn', position: 0}, ['000000010000000000000001']).output).toBe('')
  })

  it('says nothing where the WAL does not reach back to the point', () => {
    expect(readLostCommits('0 3\n')).toBeUndefined()
    expect(readLostCommits('')).toBeUndefined()
    expect(readLostCommits('2 1\n')).toBe(1)
  })

  it('is clean shell', () => {
    const [, , script = ''] = lostCommitsCommand(17, {kind: 'lsn', position: 1})
    const {stdout} = spawnSync('shellcheck', ['--shell', 'sh', '--exclude', 'SC2010,SC2012', '-'], {
      input: script,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
  })
})
