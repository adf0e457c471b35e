import {beforeAll, describe, expect, it} from 'vitest'
import {count, list, text} from '../../src/lib/observe/fields.ts'
import {query, status, useCluster} from './support/cluster.ts'
import {json, pgk, succeed} from './support/commands.ts'

describe('restoring one backup set', () => {
  const cluster = useCluster('set', ['--replicas', '2'])
  const here = (): string[] => [cluster.name, '-n', cluster.namespace]
  const digest = `select count(*) || ' ' || max(n) || ' ' || md5(string_agg(n::text, ',' order by n)) from t`
  const sets: {label: string; rows: string}[] = []

  beforeAll(async () => {
    await query(cluster, 'create table t(n int primary key)')
    for (const type of ['full', 'incr', 'full']) {
      await query(
        cluster,
        'insert into t select generate_series(1, 100) + coalesce((select max(n) from t), 0)',
      )
      const made = await json(pgk(['backup', ...here(), '--type', type, '-o', 'json']))
      sets.push({label: text(made, 'label') ?? '', rows: await query(cluster, digest)})
    }
    await query(cluster, 'delete from t where n % 2 = 0; insert into t values (1000)')
  })

  const restored = async (set: {label: string; rows: string} | undefined): Promise<void> => {
    const flags = ['--in-place', '--backup', set?.label ?? '', '--confirm', cluster.name, '-o', 'json']
    const before = await json(pgk(['restore', ...here(), '--in-place', '--latest', '--plan', '-o', 'json']))
    const outcome = await json(pgk(['restore', ...here(), ...flags]))
    expect(text(outcome, 'outcome')).toBe('restored')
    expect(count(outcome, 'timeline')).toBeGreaterThan(count(before, 'timeline') ?? 0)
    expect(await query(cluster, digest)).toBe(set?.rows)
    expect(text(await status(cluster), 'verdict', 'level')).toBe('ok')
  }

  it('into a new cluster gives the rows of that set, and leaves the source alone', async () => {
    const before = await query(cluster, digest)
    const twin = {name: 'twin', namespace: cluster.namespace}
    const flags = ['--to', twin.name, '--replicas', '1', '--backup', sets[0]?.label ?? '']
    await succeed(pgk(['restore', ...here(), ...flags]))
    expect(await query(twin, digest)).toBe(sets[0]?.rows)
    expect(await query(cluster, digest)).toBe(before)
    const gone = ['delete', 'cluster', twin.name, '-n', twin.namespace, '--purge', '--confirm', twin.name]
    await succeed(pgk(gone))
  })

  it('in place gives the rows of an incremental set, not of the newer full one', () => restored(sets[1]))

  it('in place goes back to an older set, and on to one of the timeline that was left', async () => {
    await restored(sets[0])
    await restored(sets[2])
    const kept = list(await json(pgk(['backup', 'list', ...here(), '-o', 'json'])), 'items')
    const labels = kept.map(each => text(each, 'label'))
    expect(sets.every(({label}) => labels.includes(label))).toBe(true)
  })
})
