import {spawn} from 'node:child_process'
import {beforeAll, describe, expect, inject, it} from 'vitest'
import {list, text} from '../../src/lib/observe/fields.ts'
import {inClient, newLeader, primary, startClient} from './support/client.ts'
import {eventually, query, status, useCluster} from './support/cluster.ts'
import {kubectl, succeed} from './support/commands.ts'

/** Inserts numbered rows one by one, each in its own transaction, and prints the number once it is committed. */
const writer = `n=0
while [ "$n" -lt 100000 ]; do
  n=$((n + 1))
  until psql -XAtqw "$0" -c "insert into acknowledged values ($n) on conflict do nothing" >/dev/null 2>&1; do sleep 0.1; done
  echo "$n"
done`

describe('when the leader’s pod is deleted', () => {
  const cluster = useCluster('failover', ['--replicas', '3', '--synchronous'])
  beforeAll(() => startClient(cluster, 'client'))

  it('another instance leads, the writer goes on, and no acknowledged row is lost', async () => {
    const target = primary(cluster, 'sslmode=require target_session_attrs=read-write')
    await succeed(
      inClient(cluster, 'client', [
        'psql',
        '-Xw',
        target,
        '-c',
        'create table acknowledged (n int primary key)',
      ]),
    )
    const env = {...process.env, KUBECONFIG: inject('kubeconfig')}
    const child = spawn(
      'kubectl',
      ['exec', 'client', '-n', cluster.namespace, '--', 'sh', '-c', writer, target],
      {env},
    )
    let acknowledged = 0
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of chunk.split('\n')) acknowledged = Math.max(acknowledged, Number(line) || 0)
    })
    const moved = async (beyond: number): Promise<number> =>
      eventually(
        async () => (acknowledged > beyond ? acknowledged : undefined),
        60,
        () => `stands at ${acknowledged}`,
      )
    await moved(20)
    const before = text(await status(cluster), 'leader') ?? ''
    await succeed(kubectl(['delete', 'pod', `${before}-0`, '-n', cluster.namespace, '--wait=false']))
    const during = await status(cluster)
    expect(text(during, 'metadata', 'name')).toBe('hippo')
    const after = await newLeader(() => status(cluster), before)
    expect(after).not.toBe(before)
    await moved(acknowledged + 20)
    child.kill()
    const last = acknowledged
    expect(await query(cluster, `\\c hippo\nselect count(*) from acknowledged where n <= ${last};`)).toBe(
      String(last),
    )
  })

  it('the old leader comes back as a streaming replica', async () => {
    await eventually(
      async () => {
        const instances = list(await status(cluster), 'instances')
        const streaming = instances.filter(instance => text(instance, 'state') === 'streaming')
        return streaming.length === 2 ? true : undefined
      },
      90,
      () => 'not two streaming replicas',
    )
  })
})
