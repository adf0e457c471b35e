import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {prepareCommand} from '../../../src/lib/postgres/startup.ts'

/** Runs the script with every absolute path of a pod moved below a directory of the test. */
describe('preparing an instance', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'prepare-'))
    for (const directory of ['pgdata', 'pgwal', 'tmp', 'etc', 'bin']) mkdirSync(join(root, directory))
    for (const program of ['patroni', 'pgbackrest']) put(`bin/${program}`, '#!/bin/sh\n')
    put('bin/postgres', "#!/bin/sh\necho 'postgres (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)'\n")
  })
  afterEach(() => rmSync(root, {recursive: true, force: true}))

  const put = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), {recursive: true})
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), 0o755)
  }
  const run = (walVolume = false): {status: number | null; stderr: string} => {
    const moved = (text: string) =>
      text.replaceAll(/(?<![\w.}])\/(pgdata|pgwal|tmp|etc)(?=[/\s"]|$)/g, `${root}/$1`)
    const [bash = '', ...args] = prepareCommand(17, walVolume)
    const env = {PATH: `${join(root, 'bin')}:/usr/bin:/bin`}
    // With a socket as stdin, bash would believe in a remote login and read its start-up files.
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    const {status, stderr} = spawnSync(bash, args.map(moved), {env, encoding: 'utf8', stdio: [...stdio]})
    return {status, stderr: stderr.trim()}
  }
  const data = (version: string, directory = 'pgdata/pg17'): void => {
    put(`${directory}/PG_VERSION`, `${version}\n`)
    put(`${directory}/pg_wal/000000010000000000000001`, 'wal')
  }

  it('makes the directories that Postgres and pgBackRest expect, and may be repeated', () => {
    put('pgdata/pgbackrest-spool/archive/db/in/stale', '')
    expect([run(), run()]).toEqual([
      {status: 0, stderr: ''},
      {status: 0, stderr: ''},
    ])
    const made = ['pgdata/pgbackrest/log', 'pgdata/pgbackrest-spool', 'tmp/postgres']
    expect(made.map(path => existsSync(join(root, path)))).toEqual([true, true, true])
    expect(existsSync(join(root, 'pgdata/pgbackrest-spool/archive/db/in'))).toBe(false)
  })

  it('refuses an image of another Postgres', () => {
    put('bin/postgres', "#!/bin/sh\necho 'postgres (PostgreSQL) 16.4'\n")
    expect(run()).toEqual({status: 78, stderr: 'the image holds PostgreSQL 16, the cluster is PostgreSQL 17'})
  })

  it('refuses an image without Patroni', () => {
    rmSync(join(root, 'bin/patroni'))
    expect(run()).toEqual({status: 78, stderr: 'the image has no patroni'})
  })

  it('refuses the data of another Postgres, also where a restore left it', () => {
    data('16')
    expect(run().stderr).toMatch(/pg17 is PostgreSQL 16, the cluster is PostgreSQL 17$/)
    rmSync(join(root, 'pgdata/pg17'), {recursive: true})
    data('15', 'pgdata/pg17_bootstrap')
    expect(run().stderr).toMatch(/pg17_bootstrap is PostgreSQL 15/)
  })

  it('refuses an image whose own pgbackrest.conf would count', () => {
    put('etc/pgbackrest.conf', '# a comment\n')
    expect(run().status).toBe(0)
    put('etc/pgbackrest.conf', '[global]\nrepo1-path=/elsewhere\n')
    expect(run().stderr).toMatch(/would mix/)
  })

  it('moves the WAL to its volume when that came later', () => {
    data('17')
    expect([run(true), run(true)].map(({status}) => status)).toEqual([0, 0])
    expect(readlinkSync(join(root, 'pgdata/pg17/pg_wal'))).toBe(join(root, 'pgwal/pg17_wal'))
    expect(readFileSync(join(root, 'pgdata/pg17/pg_wal/000000010000000000000001'), 'utf8')).toBe('wal')
    expect(existsSync(join(root, 'pgdata/pg17/pg_wal.moved'))).toBe(false)
  })

  it('finishes a move of the WAL that was cut off', () => {
    data('17')
    put('pgwal/pg17_wal.partial/half', '')
    expect(run(true).status).toBe(0)
    // Cut off between taking the old directory away and setting the link.
    rmSync(join(root, 'pgdata/pg17/pg_wal'))
    put('pgdata/pg17/pg_wal.moved/000000010000000000000001', 'wal')
    expect(run(true).status).toBe(0)
    expect(readFileSync(join(root, 'pgdata/pg17/pg_wal/000000010000000000000001'), 'utf8')).toBe('wal')
    expect(existsSync(join(root, 'pgwal/pg17_wal.partial'))).toBe(false)
  })

  it('stops when the WAL is on a volume that is not there', () => {
    data('17')
    rmSync(join(root, 'pgdata/pg17/pg_wal'), {recursive: true})
    symlinkSync('/nowhere/pg17_wal', join(root, 'pgdata/pg17/pg_wal'))
    expect(run().stderr).toMatch(/WAL is on a volume of its own/)
    expect(run(true).stderr).toMatch(/the WAL volume has no/)
  })
})
