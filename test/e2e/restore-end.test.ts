import {beforeAll, describe, expect, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {query, resourceVersions, status, useCluster} from './support/cluster.ts'
import {json, kubectl, type Outcome, pgk, succeed} from './support/commands.ts'

describe('a restore to the end of an archive', () => {
  const cluster = useCluster('end', ['--replicas', '1'])
  const here = (): string[] => [cluster.name, '-n', cluster.namespace]
  const onHost = (script: string): Promise<Outcome> => {
    const pod = `${cluster.name}-repo-host-0`
    return succeed(
      kubectl(['exec', pod, '-n', cluster.namespace, '-c', 'pgbackrest', '--', 'sh', '-c', script]),
    )
  }
  const newest = 'ls /pgbackrest/repo1/archive/db/17-1/*/* | grep -E "/[0-9A-F]{24}-" | sort | tail -n 1'
  const restore = (): Promise<Outcome> =>
    pgk(['restore', ...here(), '--in-place', '--latest', '--confirm', cluster.name])
  const rows = (): Promise<string> => query(cluster, 'select count(*) from t')
  beforeAll(async () => {
    await query(cluster, 'create table t(n int); insert into t values (1); select pg_switch_wal()')
    await query(cluster, 'insert into t values (2)')
    // Answers once the WAL up to now is in the repository.
    await succeed(pgk(['backup', 'verify', ...here()]))
  })

  it('is refused while the last archived file is gone, and nothing is touched', async () => {
    await onHost(`f=$(${newest}); echo "$f" > /tmp/name; mv "$f" /tmp/kept`)
    await query(cluster, 'insert into t values (3)')
    const window = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(at(window, 'windows', 0, 'open')).toBe(false)
    expect(list(window, 'gaps').map(gap => text(gap, 'reason'))).toContain('missing-wal')
    const versions = await resourceVersions(cluster)
    const outcome = await restore()
    expect([outcome.code, outcome.stderr]).toEqual([
      6,
      expect.stringMatching(/WAL is missing in the archive/),
    ])
    expect(await resourceVersions(cluster)).toEqual(versions)
    expect(await rows()).toBe('3')
  })

  it('brings the present data back when a file of it turns out to be spoilt', async () => {
    await onHost('cp /tmp/kept "$(cat /tmp/name)"; echo spoilt > "$(cat /tmp/name)"')
    const outcome = await restore()
    expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining('PGK_TARGET_NOT_REACHED')])
    expect(outcome.stderr).toContain('the archive ends before the target')
    expect(await rows()).toBe('3')
    await onHost('cat /tmp/kept > "$(cat /tmp/name)"')
    expect(text(await status(cluster), 'verdict', 'level')).toBe('ok')
  })

  it('has every row once the archive is whole', async () => {
    await succeed(restore())
    expect(await rows()).toBe('3')
  })

  it('is missed just so when the note of a backup was archived behind the lost file', async () => {
    await succeed(pgk(['backup', ...here(), '--type', 'incr']))
    expect(await query(cluster, 'select last_archived_wal from pg_stat_archiver')).toMatch(/\.backup$/)
    await onHost(`rm "$(${newest})"`)
    const window = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(list(window, 'windows').map(one => at(one, 'open'))).not.toContain(true)
  })
})
