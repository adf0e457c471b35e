import {beforeAll, describe, expect, it} from 'vitest'
import {count, text} from '../../src/lib/observe/fields.ts'
import {inClient, primary, startClient} from './support/client.ts'
import {query, status, type TestCluster, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'

const digest = `select count(*) || ' ' || coalesce(max(n), 0) || ' ' || md5(coalesce(string_agg(n::text, ',' order by n), '')) from written`

/** Commits a numbered row every 20 ms until it is stopped, through the primary Service. */
const writer = `
n=0
while [ ! -e /tmp/stop ]; do
  psql "$1" -XAtq -c "insert into written(n) select coalesce(max(n), 0) + 1 from written" >/dev/null 2>&1 || sleep 0.2
  sleep 0.02
done
`

/** The clock of the database, after a commit and before the next one. */
const momentOf = async (cluster: TestCluster): Promise<{at: string; rows: string}> => {
  const said = await query(
    cluster,
    `begin; lock table written in exclusive mode; select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || (${digest}); commit`,
  )
  const [at = '', rows = ''] = said.split('|')
  return {at, rows}
}

describe('restoring a cluster that is written to', () => {
  const cluster = useCluster('restore')
  const restore = (...flags: string[]): Promise<unknown> =>
    json(
      pgk([
        'restore',
        cluster.name,
        '-n',
        cluster.namespace,
        '--in-place',
        '--confirm',
        cluster.name,
        ...flags,
        '-o',
        'json',
      ]),
    )
  const startWriter = (): Promise<unknown> =>
    inClient(cluster, 'writer', [
      'sh',
      '-c',
      `rm -f /tmp/stop; sh -c '${writer}' writer "${primary(cluster, 'sslmode=require')}" >/dev/null 2>&1 &`,
    ])
  const stopWriter = (): Promise<unknown> =>
    inClient(cluster, 'writer', ['sh', '-c', 'touch /tmp/stop; sleep 1'])
  let early = {at: '', rows: ''}
  let late = {at: '', rows: ''}

  beforeAll(async () => {
    await query(cluster, `create table written(n bigint primary key); grant all on written to public`)
    await query(cluster, `alter table written owner to ${cluster.name}`)
    await startClient(cluster, 'writer')
    await startWriter()
  })

  it('in place keeps exactly the rows committed before the moment', async () => {
    await new Promise(resolve => setTimeout(resolve, 2000))
    early = await momentOf(cluster)
    await new Promise(resolve => setTimeout(resolve, 2000))
    late = await momentOf(cluster)
    await new Promise(resolve => setTimeout(resolve, 1500))
    await stopWriter()
    expect(Number(late.rows.split(' ')[0])).toBeGreaterThan(Number(early.rows.split(' ')[0]))
    // One commit a row, and a few of the database's own.
    const written =
      Number(await query(cluster, 'select count(*) from written')) - Number(late.rows.split(' ')[0])
    const plan = await restore('--pitr', late.at, '--plan')
    const lost = count(plan, 'loses', 'approximateTransactions') ?? -1
    expect(lost - written).toBeGreaterThanOrEqual(0)
    expect(lost - written).toBeLessThan(5)
    const outcome = await restore('--pitr', late.at)
    expect(text(outcome, 'outcome')).toBe('restored')
    expect(count(outcome, 'timeline')).toBe(2)
    expect(await query(cluster, digest)).toBe(late.rows)
    expect(text(await status(cluster), 'verdict', 'level')).toBe('ok')
  })

  it('into a new cluster gives the same rows, and the source goes on', async () => {
    const twin = {...cluster, name: 'twin', created: cluster.created}
    const flags = ['--to', 'twin', '--replicas', '1', '--pitr', early.at]
    await startWriter()
    await succeed(pgk(['restore', cluster.name, '-n', cluster.namespace, ...flags]))
    await stopWriter()
    expect(await query({...twin, namespace: cluster.namespace}, digest)).toBe(early.rows)
    expect(Number((await query(cluster, digest)).split(' ')[0])).toBeGreaterThan(
      Number(late.rows.split(' ')[0]),
    )
    const args = ['delete', 'cluster', 'twin', '-n', cluster.namespace, '--purge', '--confirm', 'twin']
    await succeed(pgk(args))
    const left = await kubectl(['get', 'secrets,configmaps,pvc', '-n', cluster.namespace, '-o', 'name'])
    expect(left.stdout).not.toContain('twin')
  })

  it('again, to a moment before the first restore’s target', async () => {
    const outcome = await restore('--pitr', early.at)
    expect(count(outcome, 'timeline')).toBe(3)
    expect(await query(cluster, digest)).toBe(early.rows)
  })

  it('to a restore point, a place in the WAL, and before a transaction', async () => {
    const before = await query(cluster, digest)
    const put = (n: number): Promise<string> =>
      query(cluster, `insert into written(n) values (${n}) returning pg_current_xact_id()`)
    await query(cluster, `select pg_create_restore_point('here')`)
    await put(1000001)
    await restore('--name', 'here')
    expect(await query(cluster, digest)).toBe(before)
    const point = await query(cluster, 'select pg_current_wal_insert_lsn()')
    await put(1000002)
    await restore('--lsn', point)
    expect(await query(cluster, digest)).toBe(before)
    const xid = await put(1000003)
    await put(1000004)
    await restore('--xid', xid, '--exclusive')
    expect(await query(cluster, digest)).toBe(before)
  })

  it('that turns out not to be there ends as it was, with a sentence', async () => {
    const before = await query(cluster, digest)
    const flags = ['--in-place', '--name', 'nowhere', '--confirm', cluster.name]
    const outcome = await pgk(['restore', cluster.name, '-n', cluster.namespace, ...flags])
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/the cluster is as it was/)
    expect(await query(cluster, digest)).toBe(before)
    expect(text(await status(cluster), 'verdict', 'level')).toBe('ok')
  })
})
