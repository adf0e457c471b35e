import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {text} from '../../src/lib/observe/fields.ts'
import {query, roles, status, useCluster} from './support/cluster.ts'
import {type Outcome, pgk, succeed} from './support/commands.ts'
import {fault, mayBreak, undoAll} from './support/faults.ts'
import {endings, type JobPod, restorePod} from './support/restore-job.ts'

const rows = "select count(*) || ' ' || max(n) || ' ' || md5(string_agg(n::text, ',' order by n)) from t"

const begun = (pod: JobPod): boolean => / (restoring|recovering)/.test(pod.log)

const runs = ({phase}: JobPod): boolean => phase === 'Running'

/**
 * When a pod of the Job is to end, and how: never with time to end well, for within that it may well succeed.
 * The later ones as soon as they run: each finds more of the data in place than the one before.
 */
const plan: readonly {when: (pod: JobPod) => boolean; how: keyof typeof endings}[] = [
  {when: runs, how: 'deleted at once'},
  {when: begun, how: 'killed'},
  {when: begun, how: 'deleted at once'},
  {when: runs, how: 'killed'},
  {when: runs, how: 'deleted at once'},
]

describe.skipIf(!mayBreak())('a restore in place whose Job', {timeout: 900_000}, () => {
  const cluster = useCluster('disrupted', ['--replicas', '2'])
  let wanted = {at: '', rows: ''}
  const restore = (): Promise<Outcome> =>
    pgk([
      ...['restore', cluster.name, '-n', cluster.namespace, '--in-place', '--pitr', wanted.at],
      ...['--confirm', cluster.name, '-v'],
    ])
  const proven = async (): Promise<void> => {
    expect(await query(cluster, rows)).toBe(wanted.rows)
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(roles(found)).toEqual(['leader', 'replica'])
  }

  beforeAll(async () => {
    await query(
      cluster,
      'create table t(n int); create table bulk as select n, repeat(md5(n::text), 8) as c from generate_series(1, 2000000) n',
    )
    await query(cluster, 'insert into t select generate_series(1, 1000)')
    const at = `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    wanted = {rows: await query(cluster, rows), at: await query(cluster, at)}
    await query(cluster, 'delete from t where n > 500')
  })
  afterAll(() => undoAll())

  it('loses five pods, at different steps and in different ways, completes', async () => {
    const running = restore()
    let over = false
    void running.finally(() => {
      over = true
    })
    const ended = new Set<string>()
    for (const {when, how} of plan) {
      for (let done = false; !done && !over; ) {
        const pod = await restorePod(cluster)
        if (pod === undefined || ended.has(pod.name) || !when(pod)) continue
        done = (await endings[how](cluster, pod)).code === 0
        if (done) ended.add(pod.name)
      }
    }
    const {code} = await running
    if (code !== 0) await succeed(restore())
    expect(ended.size).toBe(plan.length)
    await proven()
  })

  it('loses its node, where everything is killed, goes on when it is back', async () => {
    const running = restore()
    let node = ''
    while (node === '') {
      const pod = await restorePod(cluster)
      if (pod?.log.includes(' restoring') !== true) continue
      node = pod.node
      await fault(['node-down', node, '--for', '70s'])
      await endings.killed(cluster, pod)
    }
    const {code} = await running
    if (code !== 0) await succeed(restore())
    await proven()
  })
})
