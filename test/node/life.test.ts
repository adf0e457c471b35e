import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {events, pods} from '../../src/lib/sandbox/resources.ts'
import {isReady, isRunning, namespace, shell, startTestNodes, type TestNodes} from './support/cluster.ts'
import {Collector, never} from './support/collect.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let cluster: TestNodes

beforeAll(async () => {
  cluster = await startTestNodes('life', 20)
})
afterAll(() => cluster?.stop())

const main = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]
const condition = (pod: Pod, type: string) => pod.status?.conditions?.find(each => each.type === type)
const eventsOf = (name: string, reason: string) =>
  cluster.registry
    .list(events, {namespace})
    .filter(each => each.involvedObject.name === name && each.reason === reason)

async function output(name: string, script: string, container = 'main'): Promise<string> {
  const pod = cluster.pod(name)
  if (!pod) throw new Error(`${name} is gone`)
  const stdout = new Collector()
  await cluster.nodes.streams.exec(pod, {
    container,
    command: ['sh', '-c', script],
    tty: false,
    stdout,
    signal: never(),
  })
  return stdout.text
}

test('a pod that succeeds says so in every part of its status', async () => {
  cluster.run('done', {
    restartPolicy: 'Never',
    containers: [shell('main', 'echo words > /dev/termination-log')],
  })
  const pod = await cluster.until('done', each => each.status?.phase === 'Succeeded')
  expect(main(pod)?.state?.terminated).toMatchObject({exitCode: 0, reason: 'Completed', message: 'words\n'})
  expect(main(pod)).toMatchObject({ready: false, started: false, restartCount: 0})
  expect(condition(pod, 'Initialized')).toMatchObject({status: 'True', reason: 'PodCompleted'})
  expect(condition(pod, 'Ready')).toMatchObject({status: 'False', reason: 'PodCompleted'})
  expect(condition(pod, 'PodReadyToStartContainers')?.status).toBe('False')
  expect(pod.status?.podIP).toMatch(/^10\.231\.20\./)
})

test('a pod that fails keeps its exit code', async () => {
  cluster.run('bad', {restartPolicy: 'Never', containers: [shell('main', 'exit 9')]})
  const pod = await cluster.until('bad', each => each.status?.phase === 'Failed')
  expect(main(pod)?.state?.terminated).toMatchObject({exitCode: 9, reason: 'Error'})
  expect(condition(pod, 'Ready')?.reason).toBe('PodFailed')
})

test('OnFailure starts a container again until it succeeds', async () => {
  const volume = {volumes: [{name: 'v', emptyDir: {}}]}
  const container = {
    ...shell('main', '[ -e /v/x ] || { touch /v/x; exit 1; }'),
    volumeMounts: [{name: 'v', mountPath: '/v'}],
  }
  cluster.run('tries', {restartPolicy: 'OnFailure', containers: [container], ...volume})
  const pod = await cluster.until('tries', each => each.status?.phase === 'Succeeded')
  expect(main(pod)?.restartCount).toBe(1)
  expect(main(pod)?.lastState?.terminated?.exitCode).toBe(1)
})

test('a container that keeps crashing waits in CrashLoopBackOff', async () => {
  cluster.run('crash', {containers: [shell('main', 'exit 1')]})
  const pod = await cluster.until('crash', each => main(each)?.state?.waiting?.reason === 'CrashLoopBackOff')
  expect(pod.status?.phase).toBe('Running')
  expect(main(pod)).toMatchObject({restartCount: 1, ready: false, lastState: {terminated: {exitCode: 1}}})
  expect(main(pod)?.state?.waiting?.message).toMatch(
    /^back-off 10s restarting failed container=main pod=crash_test\(/,
  )
  expect(eventsOf('crash', 'BackOff')[0]?.message).toMatch(
    /^Back-off restarting failed container main in pod/,
  )
})

test('init containers run one after another before the others start', async () => {
  const mounts = {volumeMounts: [{name: 'v', mountPath: '/v'}]}
  cluster.run('inits', {
    initContainers: [
      {...shell('first', 'sleep 0.3; echo first >> /v/log'), ...mounts},
      {...shell('second', 'echo second >> /v/log'), ...mounts},
    ],
    containers: [{...shell('main', `echo main >> /v/log; ${pause}`), ...mounts}],
    volumes: [{name: 'v', emptyDir: {}}],
  })
  const waiting = await cluster.until(
    'inits',
    each => each.status?.initContainerStatuses?.[0]?.state?.running !== undefined,
  )
  expect(main(waiting)?.state?.waiting?.reason).toBe('PodInitializing')
  expect(condition(waiting, 'Initialized')).toMatchObject({
    status: 'False',
    message: 'containers with incomplete status: [first second]',
  })
  const pod = await cluster.until('inits', isReady)
  expect(await output('inits', 'cat /v/log')).toBe('first\nsecond\nmain\n')
  expect(pod.status?.initContainerStatuses?.map(each => each.state?.terminated?.reason)).toEqual([
    'Completed',
    'Completed',
  ])
})

test('a failing init container fails a pod that never restarts', async () => {
  cluster.run('noinit', {
    restartPolicy: 'Never',
    initContainers: [shell('first', 'exit 4')],
    containers: [shell('main', pause)],
  })
  const pod = await cluster.until('noinit', each => each.status?.phase === 'Failed')
  expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4)
  expect(main(pod)?.state?.waiting?.reason).toBe('PodInitializing')
})

test('a sidecar starts before the others and ends after them', async () => {
  const mounts = {volumeMounts: [{name: 'v', mountPath: '/v'}]}
  const sidecar = {
    ...shell('side', `echo up >> /v/log; trap "exit 0" TERM; while :; do sleep 1 & wait; done`),
    ...mounts,
    restartPolicy: 'Always',
    startupProbe: {exec: {command: ['cat', '/v/log']}, periodSeconds: 1},
  }
  cluster.run('side', {
    restartPolicy: 'Never',
    initContainers: [sidecar],
    containers: [{...shell('main', 'cat /v/log > /dev/termination-log'), ...mounts}],
    volumes: [{name: 'v', emptyDir: {}}],
  })
  const pod = await cluster.until('side', each => each.status?.phase === 'Succeeded')
  expect(main(pod)?.state?.terminated?.message).toBe('up\n')
  expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0)
})

test('deleting a pod runs its preStop hook, then the stop signal, then removes it', async () => {
  const container = {
    ...shell(
      'main',
      `trap "echo term > /proc/1/fd/1; exit 0" TERM; echo up; while :; do sleep 1 & wait; done`,
    ),
    lifecycle: {preStop: {exec: {command: ['sh', '-c', 'echo hook > /proc/1/fd/1']}}},
  }
  const pod = cluster.run('polite', {terminationGracePeriodSeconds: 20, containers: [container]})
  await cluster.until('polite', isReady)
  const lines = new Collector()
  const followed = (async () => {
    const request = {container: 'main', follow: true, previous: false, timestamps: false, signal: never()}
    for await (const piece of cluster.nodes.streams.logs(pod, request)) lines.write(piece)
  })()
  await lines.until(text => text === 'up\n')
  const began = Date.now()
  cluster.registry.delete(pods, namespace, 'polite')
  await cluster.gone('polite')
  await followed
  expect(lines.text).toBe('up\nhook\nterm\n')
  expect(Date.now() - began).toBeLessThan(3000)
})

test('a pod that does not listen is killed when its grace is over', async () => {
  cluster.run('deaf', {
    terminationGracePeriodSeconds: 2,
    containers: [shell('main', 'trap "" TERM; while :; do sleep 1; done')],
  })
  await cluster.until('deaf', isReady)
  const began = Date.now()
  const ended = cluster.until('deaf', each => main(each)?.state?.terminated !== undefined)
  cluster.registry.delete(pods, namespace, 'deaf')
  const last = await ended
  expect(main(last)?.state?.terminated?.exitCode).toBe(137)
  await cluster.gone('deaf')
  expect(Date.now() - began).toBeGreaterThan(1900)
})

test('a shorter grace given later counts', async () => {
  cluster.run('slow', {
    terminationGracePeriodSeconds: 60,
    containers: [shell('main', 'trap "" TERM; while :; do sleep 1; done')],
  })
  await cluster.until('slow', isReady)
  cluster.registry.delete(pods, namespace, 'slow')
  cluster.registry.delete(pods, namespace, 'slow', {gracePeriodSeconds: 1})
  await cluster.gone('slow', 8)
})

test('a pod that is over its deadline fails', async () => {
  cluster.run('late', {activeDeadlineSeconds: 1, containers: [shell('main', pause)]})
  const pod = await cluster.until('late', each => each.status?.phase === 'Failed')
  expect(pod.status?.reason).toBe('DeadlineExceeded')
})

test('a killed container is seen and started again within a second', async () => {
  cluster.run('hit', {containers: [shell('main', 'sleep 1000')]})
  await cluster.until('hit', isReady)
  const began = Date.now()
  const killed = cluster.until('hit', each => main(each)?.restartCount === 1 && isReady(each))
  // The container's first process cannot be killed from inside; its node can.
  const {execFileSync} = await import('node:child_process')
  const pids = execFileSync('sh', ['-c', 'grep -lzx 1000 /proc/[0-9]*/cmdline || true'])
    .toString()
    .trim()
    .split('\n')
  const victim = pids.map(each => Number(each.split('/')[2])).find(each => each > 0)
  if (victim === undefined) throw new Error('the container’s process was not found')
  process.kill(victim, 'SIGKILL')
  const pod = await killed
  expect(main(pod)?.lastState?.terminated).toMatchObject({exitCode: 137, reason: 'Error'})
  expect(Date.now() - began).toBeLessThan(1000)
})

test('several pods start side by side on both nodes', async () => {
  const began = Date.now()
  const names = ['p1', 'p2', 'p3', 'p4']
  for (const [index, name] of names.entries()) {
    cluster.run(name, {nodeName: index % 2 ? 'node-a' : 'node-b', containers: [shell('main', pause)]})
  }
  const found = await Promise.all(names.map(name => cluster.until(name, isRunning)))
  expect(new Set(found.map(each => each.status?.podIP)).size).toBe(4)
  expect(Date.now() - began).toBeLessThan(4000)
})

test('a hook that hangs does not hold up a deletion', async () => {
  const container = {...shell('main', pause), lifecycle: {postStart: {exec: {command: ['sleep', '100']}}}}
  cluster.run('hooked', {containers: [container]})
  await cluster.until('hooked', each => each.status?.conditions?.[0]?.status === 'True')
  const {setTimeout: sleep} = await import('node:timers/promises')
  await sleep(500)
  cluster.registry.delete(pods, namespace, 'hooked')
  await cluster.gone('hooked', 5)
})
