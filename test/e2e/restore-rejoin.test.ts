import {describe, expect, it} from 'vitest'
import {count, list, text} from '../../src/lib/observe/fields.ts'
import {query, roles, status, useCluster} from './support/cluster.ts'
import {pgk, succeed} from './support/commands.ts'
import {ask, leaderOf} from './support/faults.ts'
import {onVolume} from './support/volume.ts'

describe('replicas that cannot be rewound after a restore', () => {
  const cluster = useCluster('rejoin')
  const command = (at: string): string[] => [
    ...['restore', cluster.name, '-n', cluster.namespace, '--in-place', '--pitr', at],
    ...['--confirm', cluster.name, '-v'],
  ]

  it('are made anew from the restored data; the leader is not touched', {timeout: 600_000}, async () => {
    const table =
      'create table if not exists t(n int); truncate t; insert into t select generate_series(1, 100)'
    await query(cluster, `\\c ${cluster.name}\n${table}`)
    const at = await query(
      cluster,
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    )
    await query(cluster, `\\c ${cluster.name}\ninsert into t select generate_series(101, 200)`)
    const leader = await leaderOf(cluster)
    const [first = '', second = ''] = list(await status(cluster), 'instances')
      .map(each => text(each, 'name') ?? '')
      .filter(name => name !== leader)
    const killed = await pgk(command(at), {killOn: line => line.includes('✔ Instances stopped')})
    expect(killed.code).toBeNull()
    // One has nothing left to find the common ancestor in, the other is no database any more.
    await onVolume(cluster, first, 'rm /pgdata/pg17/pg_wal/0*')
    await onVolume(cluster, second, 'rm /pgdata/pg17/global/pg_control')

    const {stderr} = await succeed(pgk(command(at)))
    expect(stderr).toContain('action reinitialise')
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(text(found, 'leader')).toBe(leader)
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
    expect(new Set(list(found, 'instances').map(each => count(each, 'timeline'))).size).toBe(1)
    for (const instance of [leader, first, second]) {
      expect(await ask(cluster, instance, `select count(*) || ' ' || max(n) from t`)).toBe('100 100')
    }
  })
})
