import {existsSync, readFileSync} from 'node:fs'
import {beforeAll, describe, expect, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {secretValue} from './support/client.ts'
import {eventually, query, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'
import {brokenSandbox, leaderOf, mayBreak} from './support/faults.ts'

/** Commits one row after the other, for as long as it lives; tries a row again until it is acknowledged. */
const writer = `n=0
while :; do
  n=$((n + 1))
  until psql -XAtqw "$TARGET" -c "insert into kept values ($n) on conflict do nothing" 2>/dev/null; do sleep 0.1; done
  echo "$n"
  sleep 0.05
done`

const run = (): string => `/run/pgk/sandbox/${brokenSandbox()}`

async function kill(...files: string[]): Promise<void> {
  const pids = files.map(file => Number(readFileSync(`${run()}/${file}`, 'utf8')))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await eventually(
    async () => (pids.some(pid => existsSync(`/proc/${pid}`)) ? undefined : true),
    5,
    () => 'it lives on',
  )
}

describe.skipIf(!mayBreak())('a sandbox that is killed while a cluster takes writes', () => {
  const cluster = useCluster('survival', ['--replicas', '3', '--no-backups'])
  const here = (): string[] => ['-n', cluster.namespace]
  const up = () => succeed(pgk(['sandbox', 'up', '--name', brokenSandbox()]))

  beforeAll(async () => {
    await query(cluster, '\\c hippo\ncreate table kept (n int primary key); grant all on kept to hippo;')
    await startWriter()
  })

  async function startWriter(): Promise<void> {
    const instance = await json(kubectl(['get', 'pod', 'hippo-pg-1-0', ...here(), '-o', 'json']))
    const password = await secretValue(cluster, 'hippo-pguser-hippo', 'password')
    const target = 'host=hippo-primary user=hippo dbname=hippo sslmode=require connect_timeout=2'
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {name: 'writer', namespace: cluster.namespace},
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: {runAsNonRoot: true, runAsUser: 26, seccompProfile: {type: 'RuntimeDefault'}},
        containers: [
          {
            name: 'writer',
            image: text(at(instance, 'spec', 'containers', 0), 'image') ?? '',
            command: ['bash', '-c', writer],
            env: [
              {name: 'PGPASSWORD', value: password},
              {name: 'TARGET', value: target},
            ],
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
          },
        ],
      },
    }
    await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(pod)}))
    await succeed(kubectl(['wait', '--for=condition=Ready', 'pod/writer', ...here(), '--timeout=60s']))
    await beyond(5)
  }

  const acknowledged = async (): Promise<number> =>
    Number((await succeed(kubectl(['logs', 'writer', ...here(), '--tail=1']))).stdout)

  const beyond = (count: number): Promise<true> =>
    eventually(
      async () => ((await acknowledged()) > count ? true : undefined),
      30,
      () => `the writer does not get beyond ${count}`,
    )

  /** Every pod with its identity and its restarts, and how many objects of other kinds there are. */
  async function inventory(): Promise<string[]> {
    const found = await json(kubectl(['get', 'pods', ...here(), '-o', 'json']))
    const pods = list(found, 'items').map(pod => {
      const restarts = list(pod, 'status', 'containerStatuses').map(each => at(each, 'restartCount'))
      return `${text(pod, 'metadata', 'name')} ${text(pod, 'metadata', 'uid')} ${restarts.join(' ')}`
    })
    const kinds = 'statefulsets,services,configmaps,secrets,pvc,pv,endpoints'
    const others = await succeed(kubectl(['get', kinds, ...here(), '-o', 'name']))
    return [...pods, ...others.stdout.trim().split('\n')].sort()
  }

  it.each([
    ['its daemon', ['daemon.pid']],
    ['its containerd', ['containerd.pid']],
    ['both', ['daemon.pid', 'containerd.pid']],
  ])('%s: containers go on, nothing is lost, and the leader stays', async (_, files) => {
    const [before, leader, written] = [await inventory(), await leaderOf(cluster), await acknowledged()]
    await kill(...files)
    await up()
    expect(await inventory()).toEqual(before)
    await beyond(written + 10)
    expect(await leaderOf(cluster)).toBe(leader)
    const last = await acknowledged()
    const rows = await query(cluster, `\\c hippo\nselect count(*) from kept where n <= ${last};`)
    expect(rows).toBe(String(last))
  })

  it('its watches deliver again: a change to the cluster is carried out', async () => {
    await kill('daemon.pid')
    await up()
    await succeed(kubectl(['delete', 'pod', 'writer', ...here(), '--wait=true', '--timeout=30s']))
    await startWriter()
  })
})
