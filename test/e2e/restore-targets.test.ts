import {beforeAll, describe, expect, it} from 'vitest'
import {list, text} from '../../src/lib/observe/fields.ts'
import {query, resourceVersions, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'

describe('targets that cannot be restored', () => {
  const cluster = useCluster('targets', ['--replicas', '1'])
  const versions = new Map<string, string>()
  let gap = ''
  const uids = async (): Promise<string[]> => {
    const pods = await json(kubectl(['get', 'pods', '-n', cluster.namespace, '-o', 'json']))
    return list(pods, 'items').map(pod => text(pod, 'metadata', 'uid') ?? '')
  }
  const now = (): Promise<string> =>
    query(cluster, `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`)

  beforeAll(async () => {
    await query(cluster, 'create table t(n int)')
    for (const n of [1, 2, 3]) {
      await query(cluster, `insert into t values (${n}); select pg_switch_wal()`)
      if (n === 2) gap = await now()
      await new Promise(resolve => setTimeout(resolve, 1500))
    }
    await new Promise(resolve => setTimeout(resolve, 3000))
    const remove =
      'cd /pgbackrest/repo1/archive/db/17-1/0000000100000000 && rm $(ls | sort | tail -2 | head -1)'
    const pod = `${cluster.name}-repo-host-0`
    await succeed(
      kubectl(['exec', pod, '-n', cluster.namespace, '-c', 'pgbackrest', '--', 'sh', '-c', remove]),
    )
    for (const [name, version] of await resourceVersions(cluster)) versions.set(name, version)
  })

  const cases: [what: string, flags: () => string[], code: number, says: RegExp][] = [
    ['the future', () => ['--pitr', '2099-01-01T00:00:00Z'], 6, /in the future/],
    ['before the first backup', () => ['--pitr', '1 day ago'], 6, /too early/],
    ['a time behind a gap', () => ['--pitr', '0 seconds ago'], 6, /missing/],
    ['the end behind a gap', () => ['--latest'], 6, /missing/],
    ['no time zone', () => ['--pitr', gap.replace('Z', '')], 2, /no time zone/],
    ['clocks set back', () => ['--pitr', '2026-10-25 02:30 Europe/Berlin'], 2, /twice/],
    ['an unknown set', () => ['--backup', '20200101-000000F'], 6, /no set/],
    ['an unknown timeline', () => ['--latest', '--timeline', '9'], 6, /timeline 9/],
    ['a place in the WAL that was not written', () => ['--lsn', 'FF/0'], 6, /not in the archive/],
    ['no time at all', () => ['--pitr', 'teatime'], 2, /no time/],
    ['two targets', () => ['--latest', '--xid', '7'], 2, /contradict/],
  ]

  it.each(cases)('%s is refused, with nothing touched', async (_, flags, code, says) => {
    const before = await uids()
    const args = ['restore', cluster.name, '-n', cluster.namespace, '--in-place', '--confirm', cluster.name]
    const outcome = await pgk([...args, ...flags()])
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringMatching(says)])
    expect(await uids()).toEqual(before)
    expect(await resourceVersions(cluster)).toEqual(versions)
  })

  it('a confirmation that is missing or wrong is no confirmation', async () => {
    const args = ['restore', cluster.name, '-n', cluster.namespace, '--in-place', '--name', 'x']
    expect((await pgk(args)).code).not.toBe(0)
    expect((await pgk([...args, '--confirm', 'other'])).code).not.toBe(0)
    expect(await query(cluster, 'select count(*) from t')).toBe('3')
  })
})
