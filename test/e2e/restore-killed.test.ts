import {describe, expect, it} from 'vitest'
import {text} from '../../src/lib/observe/fields.ts'
import {query, roles, status, useCluster} from './support/cluster.ts'
import {pgk, succeed} from './support/commands.ts'

const wantedKills = 15
const eventOf = (line: string): string => line.replace(/^\s*[\d.]+s\s*/, '')

describe('a restore in place that is killed', () => {
  const cluster = useCluster('restorekill')
  const rows = 'select count(*) || $$ $$ || max(n) from t'
  const command = (at: string): string[] => [
    'restore',
    cluster.name,
    '-n',
    cluster.namespace,
    '--in-place',
    '--pitr',
    at,
    '--confirm',
    cluster.name,
  ]
  const prepare = async (): Promise<string> => {
    await query(
      cluster,
      'create table if not exists t(n int); truncate t; insert into t select generate_series(1, 100)',
    )
    const at = await query(
      cluster,
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    )
    await query(cluster, 'insert into t select generate_series(101, 200)')
    return at
  }
  const proven = async (): Promise<void> => {
    expect(await query(cluster, rows)).toBe('100 100')
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
  }

  it('at fifteen moments completes with the same data', async () => {
    const at = await prepare()
    const known = new Set<string>()
    let kills = 0
    for (let finished = false; !finished && kills < wantedKills; ) {
      let fresh = 0
      const killOn = (line: string): boolean => {
        const event = eventOf(line)
        // What comes before the record is written touches nothing.
        if (!/^(action|[…✔✖] )/.test(event) || known.has(event)) return false
        known.add(event)
        fresh += 1
        return fresh === 1
      }
      const {code} = await pgk([...command(at), '-v'], {killOn})
      finished = code === 0
      if (code === null) kills += 1
    }
    await succeed(pgk(command(at)))
    expect(kills).toBe(wantedKills)
    await proven()
  })
})
