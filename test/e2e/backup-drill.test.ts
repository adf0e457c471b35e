import {describe, expect, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {eventually, query, status, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'

describe('a drill of a restore', () => {
  const cluster = useCluster('drill', ['--replicas', '1'])
  const drill = (...flags: string[]): string[] => [
    ...['backup', 'verify', cluster.name, '-n', cluster.namespace, '--drill'],
    ...flags,
  ]
  const selector = 'postgres-operator.crunchydata.com/pgbackrest-drill'
  const left = async (): Promise<string> => {
    const args = ['get', 'jobs,pvc,configmaps', '-n', cluster.namespace, '-l', selector, '-o', 'name']
    return (await succeed(kubectl(args))).stdout.trim()
  }
  const gone = (seconds: number): Promise<true> =>
    eventually(
      async () => ((await left()) === '' ? true : undefined),
      seconds,
      () => 'the drill is still there',
    )

  it('passes on a sound backup, is remembered, and leaves nothing', async () => {
    await query(cluster, 'create table t(n int primary key); insert into t select generate_series(1, 1000)')
    await succeed(pgk(['backup', cluster.name, '-n', cluster.namespace, '--type', 'full']))
    const sql = `do $$ begin assert (select count(*) from t) = 1000; end $$;`
    const found = await json(pgk(drill('--sql', '-', '-o', 'json'), {stdin: sql}))
    expect(at(found, 'passed')).toBe(true)
    expect(list(found, 'checks').map(check => text(check, 'name'))).toEqual([
      'lsn',
      'amcheck',
      'sql',
      'checksums',
    ])
    const proven = text(await status(cluster), 'recoverability', 'lastProvenRestore')
    expect(Date.parse(proven ?? '')).toBeGreaterThan(Date.now() - 120_000)
    await gone(30)
  })

  it('fails with exit code 8 when the reader’s own SQL does', async () => {
    const outcome = await pgk(drill('--sql', '-'), {stdin: 'select 1 / 0;'})
    expect(outcome.code).toBe(8)
    expect(outcome.stderr).toContain('division by zero')
    await gone(30)
  })

  it('is not held with SQL that has no statement', async () => {
    const outcome = await pgk(drill('--sql', '-'), {stdin: '-- later\n'})
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('PGK_SQL_EMPTY')])
  })

  it('fails when recovery ends before the last WAL of the archive, whatever the set is like', async () => {
    const host = ['exec', `${cluster.name}-repo-host-0`, '-n', cluster.namespace, '-c', 'pgbackrest', '--']
    // Answers once the WAL up to now is in the repository.
    await query(cluster, 'insert into t values (0)')
    await succeed(pgk(['backup', 'verify', cluster.name, '-n', cluster.namespace]))
    const spoil =
      'f=$(ls /pgbackrest/repo1/archive/db/17-1/*/* | grep -E "/[0-9A-F]{24}-" | sort | tail -n 1); ' +
      'cp "$f" /tmp/good; echo "$f" > /tmp/name; echo spoilt > "$f"'
    await succeed(kubectl([...host, 'sh', '-c', spoil]))
    const before = text(await status(cluster), 'recoverability', 'lastProvenRestore')
    const outcome = await pgk(drill())
    expect([outcome.code, outcome.stderr]).toEqual([8, expect.stringContaining('recovery ended before')])
    expect(text(await status(cluster), 'recoverability', 'lastProvenRestore')).toBe(before)
    await succeed(kubectl([...host, 'sh', '-c', 'cat /tmp/good > "$(cat /tmp/name)"']))
    await gone(30)
  })

  it('that is killed goes by itself, with its volume', async () => {
    const {code} = await pgk(drill(), {killOn: line => line.includes('is restored and checked')})
    expect(code).toBe(null)
    expect(await left()).not.toBe('')
    await gone(180)
  })

  it('fails when a file in the repository was damaged', async () => {
    const damage =
      'for f in /pgbackrest/repo1/backup/db/2*F/bundle/*; do dd if=/dev/zero of=$f bs=1000 seek=100 count=20 conv=notrunc; done'
    const pod = `${cluster.name}-repo-host-0`
    await succeed(
      kubectl(['exec', pod, '-n', cluster.namespace, '-c', 'pgbackrest', '--', 'sh', '-c', damage]),
    )
    const before = text(await status(cluster), 'recoverability', 'lastProvenRestore')
    const outcome = await pgk(drill())
    expect(outcome.code).toBe(8)
    expect(text(await status(cluster), 'recoverability', 'lastProvenRestore')).toBe(before)
    await gone(30)
  })
})
