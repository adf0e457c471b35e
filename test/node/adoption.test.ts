import {execFileSync} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {leases, nodes, pods} from '../../src/lib/sandbox/resources.ts'
import {isReady, namespace, shell, startTestNodes, type TestNodes} from './support/cluster.ts'
import {Collector, never} from './support/collect.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let cluster: TestNodes

beforeAll(async () => {
  cluster = await startTestNodes('adopt', 50)
})
afterAll(() => cluster?.stop())

const main = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]

async function output(name: string, script: string): Promise<string> {
  const pod = cluster.pod(name)
  if (!pod) throw new Error(`${name} is gone`)
  const stdout = new Collector()
  const command = ['sh', '-c', script]
  await cluster.nodes.streams.exec(pod, {container: 'main', command, tty: false, stdout, signal: never()})
  return stdout.text
}

/** The same while containerd comes back, which a connection notices within half a second. */
async function outputSoon(name: string, script: string): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    const said = await output(name, script).catch(() => undefined)
    if (said !== undefined) return said
    await sleep(100)
  }
  return output(name, script)
}

const folders = () => readdirSync(join(cluster.containerd.folder, 'sandbox/nodes/pods'))
const hasProcess = (argument: string): boolean =>
  execFileSync('sh', ['-c', `grep -slzx ${argument} /proc/[0-9]*/cmdline || true`]).toString() !== ''

test('nodes register with labels and renew their leases', () => {
  const node = cluster.registry.get(nodes, undefined, 'node-b')
  expect(node?.metadata?.labels).toMatchObject({
    'kubernetes.io/hostname': 'node-b',
    'topology.kubernetes.io/zone': 'zone-b',
  })
  expect(node?.status?.conditions?.find(each => each.type === 'Ready')?.status).toBe('True')
  expect(cluster.registry.get(leases, 'kube-node-lease', 'node-b')?.spec?.holderIdentity).toBe('node-b')
})

test('a restart of the nodes keeps containers, addresses and restart counts', async () => {
  const script = `[ -e /dev/shm/x ] && { ${pause}; }; touch /dev/shm/x; exit 1`
  const readinessProbe = {exec: {command: ['true']}, periodSeconds: 1}
  cluster.run('stays', {containers: [{...shell('main', script), readinessProbe}]})
  await cluster.until('stays', each => main(each)?.restartCount === 1 && isReady(each))
  await sleep(100)
  const before = cluster.pod('stays')
  const seen: boolean[] = []
  const unwatch = cluster.registry.watch(pods, change => seen.push(isReady(change.object)))
  await cluster.restart()
  await sleep(500)
  unwatch()
  expect(seen).not.toContain(false)
  const after = cluster.pod('stays')
  expect(main(after)).toEqual(main(before))
  expect(after?.status?.podIP).toBe(before?.status?.podIP)
  expect(await output('stays', 'echo alive')).toBe('alive\n')
})

test('what ended while no node was there is started again with the next count', async () => {
  cluster.run('ended', {containers: [shell('main', 'sleep 1.5; exit 3')]})
  await cluster.until('ended', isReady)
  cluster.nodes.stop()
  await sleep(2000)
  await cluster.restart()
  const pod = await cluster.until('ended', each => main(each)?.restartCount === 1)
  expect(main(pod)?.lastState?.terminated?.exitCode).toBe(3)
})

test('pods removed while no node was there leave nothing behind', async () => {
  cluster.run('forgotten', {containers: [shell('main', 'sleep 54321')]})
  const pod = await cluster.until('forgotten', isReady)
  expect(hasProcess('54321')).toBe(true)
  cluster.nodes.stop()
  cluster.registry.delete(pods, namespace, 'forgotten', {gracePeriodSeconds: 0})
  await cluster.restart()
  for (let tries = 0; tries < 200 && folders().includes(pod.metadata?.uid ?? ''); tries++) await sleep(50)
  expect(folders()).not.toContain(pod.metadata?.uid)
  expect(hasProcess('54321')).toBe(false)
})

test('a deletion begun before a restart is finished after it', async () => {
  cluster.run('leaving', {
    terminationGracePeriodSeconds: 30,
    containers: [shell('main', 'trap "" TERM; while :; do sleep 1; done')],
  })
  await cluster.until('leaving', isReady)
  cluster.registry.delete(pods, namespace, 'leaving', {gracePeriodSeconds: 3})
  await sleep(200)
  await cluster.restart()
  await cluster.gone('leaving', 8)
})

test('containers outlive a killed containerd, and their ends are seen after it', async () => {
  cluster.run('outlives', {containers: [shell('main', pause)]})
  const before = await cluster.until('outlives', isReady)
  const next = cluster.until('stays', each => isReady(each))
  await cluster.containerd.restart()
  await next
  expect(await outputSoon('outlives', 'echo alive')).toBe('alive\n')
  expect(main(cluster.pod('outlives'))?.containerID).toBe(main(before)?.containerID)
  cluster.run('later', {restartPolicy: 'Never', containers: [shell('main', 'exit 0')]})
  await cluster.until('later', each => each.status?.phase === 'Succeeded', 5)
})

test('a pod whose sandbox dies gets another, with its volumes and a higher count', async () => {
  cluster.run('sandbox', {
    containers: [{...shell('main', pause), volumeMounts: [{name: 'v', mountPath: '/v'}]}],
    volumes: [{name: 'v', emptyDir: {}}],
  })
  const before = await cluster.until('sandbox', isReady)
  await output('sandbox', 'echo kept > /v/file')
  const uid = before.metadata?.uid ?? ''
  const found = execFileSync('sh', ['-c', `grep -sl ${uid} /proc/[0-9]*/cgroup || true`])
    .toString()
    .trim()
    .split('\n')
  const pids = found.map(each => Number(each.split('/')[2]))
  const paused = pids.find(pid =>
    execFileSync('cat', [`/proc/${pid}/cmdline`])
      .toString()
      .includes('1000000'),
  )
  if (paused === undefined) throw new Error('the pause process was not found')
  const again = cluster.until('sandbox', each => main(each)?.restartCount === 1 && isReady(each), 10)
  process.kill(paused, 'SIGKILL')
  const after = await again
  expect(main(after)?.containerID).not.toBe(main(before)?.containerID)
  expect(await output('sandbox', 'cat /v/file')).toBe('kept\n')
})

test('a pod removed by force ends by itself and frees its name at once', async () => {
  cluster.run('forced', {containers: [shell('main', 'sleep 65432')]})
  await cluster.until('forced', isReady)
  cluster.registry.delete(pods, namespace, 'forced', {gracePeriodSeconds: 0})
  cluster.run('forced', {containers: [shell('main', pause)]})
  await cluster.until('forced', isReady)
  for (let tries = 0; tries < 100 && hasProcess('65432'); tries++) await sleep(100)
  expect(hasProcess('65432')).toBe(false)
  expect(isReady(cluster.pod('forced') ?? {})).toBe(true)
})
