import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {afterEach, beforeAll, describe, expect, inject, it} from 'vitest'
import {list, text} from '../../src/lib/observe/fields.ts'
import {inClient, newLeader, primary, startClient} from './support/client.ts'
import {eventually, query, status} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'
import * as broken from './support/faults.ts'
import {lease, useShortLeases} from './support/short-leases.ts'

describe.skipIf(!broken.mayBreak())('faults, on a cluster that takes writes', () => {
  const cluster = useShortLeases('faults')
  const here = (): string[] => ['-n', cluster.namespace]
  const pod = (instance: string): string[] => [`${instance}-0`, ...here()]

  beforeAll(() => startClient(cluster, 'client'))
  afterEach(async () => {
    await broken.undoAll()
    await broken.healed(cluster)
  })

  /** Milliseconds of the fastest of three commits, seen from a client of the primary Service. */
  const commit = async (): Promise<number> => {
    const target = primary(cluster, 'sslmode=require')
    const insert = 'insert into c values (1);\n'
    const sql = `create table if not exists c (n int);\n\\timing on\n${insert.repeat(3)}`
    const {stdout} = await succeed(inClient(cluster, 'client', ['psql', '-Xw', target], sql))
    return Math.min(...[...stdout.matchAll(/Time: ([\d.]+) ms/g)].map(([, time]) => Number(time)))
  }

  it('a leader that cannot reach the API demotes itself within its lease, and another leads', async () => {
    const before = await broken.leaderOf(cluster)
    await broken.fault(['partition', ...pod(before), '--from', 'api'])
    expect(await broken.brokenNow()).toHaveLength(1)
    await eventually(
      async () => ((await broken.isDemoted(cluster, before)) ? true : undefined),
      lease + 10,
      () => `${before} still takes writes`,
    )
    expect(await newLeader(() => status(cluster), before)).not.toBe(before)
    await broken.undoAll()
    expect(await broken.healed(cluster)).not.toBe(before)
    expect(await broken.isDemoted(cluster, before)).toBe(true)
  })

  it('a paused leader is replaced, and status does not take its old word for the truth', async () => {
    const before = await broken.leaderOf(cluster)
    await broken.fault(['pause', ...pod(before)])
    await newLeader(() => status(cluster), before)
    await eventually(
      async () => (/hanging|not streaming/.test(await broken.stateOf(cluster, before)) ? true : undefined),
      30,
      () => `${before} is called healthy`,
    )
    await broken.undoAll()
    await broken.healed(cluster)
    expect(await broken.stateOf(cluster, before)).toBe('streaming')
  })

  it('a full disk stops what needs room, and gives it back when undone', async () => {
    const leader = await broken.leaderOf(cluster)
    await broken.fault(['disk-full', ...pod(leader)])
    const big = 'create table big as select n, repeat(md5(n::text), 8) from generate_series(1, 200000) n'
    const failed = await inClient(cluster, 'client', ['psql', '-Xw', primary(cluster, ''), '-c', big])
    expect(failed.code).not.toBe(0)
    expect(failed.stderr).toMatch(/No space left on device|closed the connection/)
    await broken.undoAll()
    await broken.healed(cluster)
    expect(
      await query(cluster, '\\c hippo\ncreate table roomy as select generate_series(1, 100000) n;'),
    ).toBe('')
  })

  it('a node that is down loses its leader, is tainted, and comes back', async () => {
    const before = await broken.leaderOf(cluster)
    const node = await broken.nodeOf(cluster, before)
    await broken.fault(['node-down', node])
    await newLeader(() => status(cluster), before)
    const taints = async (): Promise<string> =>
      (await succeed(kubectl(['get', 'node', node, '-o', 'jsonpath={.spec.taints[*].key}']))).stdout
    await eventually(
      async () => ((await taints()).includes('node.kubernetes.io/unreachable') ? true : undefined),
      70,
      () => `${node} is not tainted`,
    )
    await broken.undoAll()
    await broken.healed(cluster)
    expect(await taints()).toBe('')
  })

  it('latency makes commits slower by as much', async () => {
    const leader = await broken.leaderOf(cluster)
    expect(await commit()).toBeLessThan(250)
    await broken.fault(['latency', ...pod(leader), '--delay', '300ms'])
    expect(await commit()).toBeGreaterThan(300)
    await broken.undoAll()
    expect(await commit()).toBeLessThan(250)
  })

  it('nothing reaches a pod that loses every packet, until the time is over', async () => {
    const leader = await broken.leaderOf(cluster)
    await broken.fault(['loss', ...pod(leader), '--percent', '100', '--for', '6s'])
    const hello = ['psql', '-Xw', primary(cluster, 'connect_timeout=2'), '-c', 'select 1']
    expect((await inClient(cluster, 'client', hello)).code).toBe(2)
    await eventually(
      async () => ((await broken.brokenNow()).length === 0 ? true : undefined),
      15,
      () => 'it does not end',
    )
    await succeed(inClient(cluster, 'client', hello))
  })

  it('a replica cut off from all pods falls behind, and catches up', async () => {
    const leader = await broken.leaderOf(cluster)
    const replica = ['hippo-pg-1', 'hippo-pg-2', 'hippo-pg-3'].find(name => name !== leader) ?? ''
    await query(cluster, '\\c hippo\ncreate table far (n int);')
    await broken.fault(['partition', ...pod(replica), '--from', 'pods'])
    await query(cluster, '\\c hippo\ninsert into far values (1);')
    const rows = () => broken.ask(cluster, replica, 'select count(*) from far')
    expect(['0', undefined]).toContain(await rows())
    await broken.undoAll()
    await eventually(
      async () => ((await rows()) === '1' ? true : undefined),
      60,
      () => 'the row is missing',
    )
  })

  it('a leader cut off from everything demotes itself, although nobody can tell it to', async () => {
    const before = await broken.leaderOf(cluster)
    await broken.fault(['partition', ...pod(before), '--from', 'all'])
    // Its node still runs commands in it, whatever happens to its network.
    expect(await broken.ask(cluster, before, 'select pg_is_in_recovery()')).toBe('f')
    await eventually(
      async () => ((await broken.isDemoted(cluster, before)) ? true : undefined),
      lease + 10,
      () => `${before} still takes writes`,
    )
    expect(await newLeader(() => status(cluster), before)).not.toBe(before)
    await broken.undoAll()
    expect(await broken.healed(cluster)).not.toBe(before)
    expect(await broken.isDemoted(cluster, before)).toBe(true)
  })

  it('a node that reaches nothing is as good as down to the others, though its processes run', async () => {
    const before = await broken.leaderOf(cluster)
    const node = await broken.nodeOf(cluster, before)
    await broken.fault(['partition', '--node', node, '--from', 'all'])
    await newLeader(() => status(cluster), before)
    const ready = async (): Promise<string> => {
      const path = '{.status.conditions[?(@.type=="Ready")].status}'
      return (await succeed(kubectl(['get', 'node', node, '-o', `jsonpath=${path}`]))).stdout
    }
    await eventually(
      async () => ((await ready()) === 'Unknown' ? true : undefined),
      70,
      () => `${node} is called ready`,
    )
    await broken.undoAll()
    await broken.healed(cluster)
    expect(await ready()).toBe('True')
  })

  it('a deleted leader hands over before it ends, and comes back as a replica or a leader', async () => {
    const before = await broken.leaderOf(cluster)
    const uid = async (): Promise<string> =>
      (await kubectl(['get', 'pod', ...pod(before), '-o', 'jsonpath={.metadata.uid}'])).stdout
    const old = await uid()
    await broken.fault(['delete', ...pod(before)])
    await eventually(
      async () => (['', old].includes(await uid()) ? undefined : true),
      60,
      () => `${before} is not made anew`,
    )
    await broken.healed(cluster)
  })

  it('a killed container is started again', async () => {
    const leader = await broken.leaderOf(cluster)
    const restarts = async (): Promise<number> => {
      const found = await json(kubectl(['get', 'pod', ...pod(leader), '-o', 'json']))
      const statuses = list(found, 'status', 'containerStatuses')
      const own = statuses.find(each => text(each, 'name') === 'database')
      return Number(Reflect.get(Object(own), 'restartCount'))
    }
    const before = await restarts()
    await broken.fault(['kill', ...pod(leader), '-c', 'database'])
    await eventually(
      async () => ((await restarts()) > before ? true : undefined),
      30,
      () => 'no restart',
    )
  })

  it('a crashed backend takes all sessions with it', async () => {
    const leader = await broken.leaderOf(cluster)
    const env = {...process.env, KUBECONFIG: inject('kubeconfig')}
    const asleep = ['psql', '-Xw', primary(cluster, ''), '-c', 'select pg_sleep(60)']
    const session = spawn('kubectl', ['exec', 'client', ...here(), '--', ...asleep], {env})
    let heard = ''
    session.stderr.setEncoding('utf8').on('data', (piece: string) => {
      heard += piece
    })
    await eventually(
      async () =>
        (await query(cluster, "select count(*) from pg_stat_activity where wait_event = 'PgSleep';")) === '1'
          ? true
          : undefined,
      20,
      () => 'nobody sleeps',
    )
    // It may be gone before the command that crashes it is back.
    const closed = once(session, 'close')
    await broken.fault(['crash', ...pod(leader), '--process', 'checkpointer'])
    await closed
    expect(heard).toMatch(/crash of another server process|closed the connection/)
  })

  it('what cannot be done is refused by name', async () => {
    const refused = await pgk(['sandbox', 'fault', 'clock-skew'])
    expect(refused.code).toBe(6)
    expect(refused.stderr).toMatch(/CLOCK_REALTIME/)
  })
})
