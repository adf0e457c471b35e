import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {containerdPlaces, runningContainerd} from '../../src/lib/sandbox/host/containerd/containerd.ts'
import {knownTasks} from '../../src/lib/sandbox/host/containerd/tasks.ts'
import {bringDown, runningDaemon} from '../../src/lib/sandbox/host/down.ts'
import {containerProcesses} from '../../src/lib/sandbox/host/leftovers.ts'
import {unmountBelow} from '../../src/lib/sandbox/host/mounts.ts'
import {sandboxFiles, sandboxPaths} from '../../src/lib/sandbox/host/paths.ts'
import {processesWith, signalProcess} from '../../src/lib/sandbox/host/processes.ts'
import {run, runAny} from '../../src/lib/sandbox/host/run.ts'
import {sandboxStatus} from '../../src/lib/sandbox/host/status.ts'
import {bringUp} from '../../src/lib/sandbox/host/up.ts'
import {waitUntil} from '../../src/lib/sandbox/host/wait.ts'
import {bridgeName} from '../../src/lib/sandbox/network/links.ts'
import {tableName} from '../../src/lib/sandbox/network/rules.ts'
import {footprint} from './support/machine.ts'

const name = 'lifetest'
const paths = sandboxPaths(name, {})
const files = sandboxFiles(paths)
/** A block of its own, so that routes to its pods are told from those of other sandboxes. */
const range = '10.233.0.0/16'
const look = () => footprint(name, '10.233')

const up = () => bringUp({name, paths, nodes: 2, range, images: [], progress: () => undefined})
const down = (purge: boolean) => bringDown({name, paths, purge, progress: () => undefined})
const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', files.kubeconfig, ...args])

async function startedAt(pod: string): Promise<string> {
  const path = '{.status.containerStatuses[0].state.running.startedAt}'
  return kubectl('get', 'pod', pod, '-o', `jsonpath=${path}`)
}

async function killAndWait(pid: number | undefined): Promise<void> {
  if (pid === undefined) throw new Error('nothing to kill')
  signalProcess(pid, 'SIGKILL')
  await waitUntil(() => !existsSync(`/proc/${pid}`), 5000)
}

/** What a power cut and a new start leave: no process, mount, link or rule, nothing below /run. */
async function loseEverythingButTheDisk(): Promise<void> {
  await killAndWait(await runningDaemon(name, paths))
  await killAndWait(await runningContainerd(paths))
  const {inside, shims} = containerProcesses(paths)
  const sockets = (await knownTasks(containerdPlaces(paths).state)).map(({socket}) => socket)
  for (const pid of [...inside, ...shims]) signalProcess(pid, 'SIGKILL')
  await waitUntil(() => containerProcesses(paths).shims.length === 0, 5000)
  await unmountBelow([paths.run, paths.root])
  await run('ip', ['link', 'delete', bridgeName(name)])
  await run('nft', ['delete', 'table', 'ip', tableName(name)])
  for (const path of [paths.run, ...sockets]) rmSync(path, {recursive: true, force: true})
  const notes = '/var/lib/cni/results'
  const own = readdirSync(notes).filter(file =>
    readFileSync(`${notes}/${file}`, 'utf8').includes(`/${name}/`),
  )
  for (const file of own) rmSync(`${notes}/${file}`)
  const groups = ['-depth', '-path', `*/pgk-${name}*`, '-type', 'd', '-exec', 'rmdir', '{}', '+']
  await waitUntil(async () => (await runAny('find', ['/sys/fs/cgroup', ...groups])).code === 0, 5000)
}

const stateOnDisk = `file: /var/lib/pgk/sandbox/${name}`
const keeper = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 32Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: keeper}
spec:
  containers:
    - name: main
      image: localhost/busybox:1
      command: [sleep, '100000']
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`
let before: string[] = []

beforeAll(async () => {
  await down(true)
  before = await look()
  await up()
  await kubectl('run', 'sleeper', '--image=localhost/busybox:1', '--', 'sleep', '100000')
  await kubectl('wait', 'pod/sleeper', '--for=condition=Ready', '--timeout=30s')
})
afterAll(() => down(true))

describe('a sandbox', () => {
  test('says what it is', async () => {
    const status = await sandboxStatus(name, paths)
    expect(status).toMatchObject({running: true, kubeconfig: files.kubeconfig, pods: 1, unknown: []})
    expect(status.nodes.map(node => node.ready)).toEqual([true, true])
    expect(status.images).toContain('localhost/busybox:1')
    expect(status.addresses).toEqual({pods: '10.233.0.0/17', services: '10.233.128.0/17'})
    expect(status.disk?.used).toBeGreaterThan(2 ** 20)
    expect(status.disk?.free).toBeGreaterThan(2 ** 20)
  })

  test('keeps its objects, Secrets among them, where only root reads', () => {
    for (const file of ['', '-wal', '-shm']) expect(statSync(`${files.database}${file}`).mode & 0o077).toBe(0)
  })

  test('that runs is left as it is by another up, and two ups at once agree', async () => {
    const daemon = await runningDaemon(name, paths)
    const results = await Promise.all([up(), up()])
    expect(results.map(result => result.started)).toEqual([false, false])
    expect(await runningDaemon(name, paths)).toBe(daemon)
  })

  test('keeps its objects and its running containers when its daemon is killed', async () => {
    const since = await startedAt('sleeper')
    await killAndWait(await runningDaemon(name, paths))
    expect((await sandboxStatus(name, paths)).running).toBe(false)
    expect((await up()).started).toBe(true)
    expect(await startedAt('sleeper')).toBe(since)
    expect(await kubectl('exec', 'sleeper', '--', 'echo', 'alive')).toBe('alive\n')
  })

  test('keeps its running containers when containerd is killed, and starts it again by itself', async () => {
    const since = await startedAt('sleeper')
    await killAndWait(await runningContainerd(paths))
    expect(await waitUntil(async () => (await runningContainerd(paths)) !== undefined, 10_000)).toBe(true)
    await kubectl('run', 'second', '--image=localhost/busybox:1', '--', 'sleep', '100000')
    await kubectl('wait', 'pod/second', '--for=condition=Ready', '--timeout=30s')
    expect(await startedAt('sleeper')).toBe(since)
    await kubectl('delete', 'pod', 'second', '--now')
  })

  test('comes back after everything of it was killed, as after a power cut', async () => {
    const {socket} = containerdPlaces(paths)
    await killAndWait(await runningDaemon(name, paths))
    await killAndWait(await runningContainerd(paths))
    for (const pid of processesWith(socket)) await killAndWait(pid)
    await up()
    await kubectl('wait', 'pod/sleeper', '--for=condition=Ready', '--timeout=60s')
    expect(await kubectl('exec', 'sleeper', '--', 'echo', 'alive')).toBe('alive\n')
  })

  test('comes back after a reboot of the machine, with the data of its volumes', async () => {
    await run('kubectl', ['--kubeconfig', files.kubeconfig, 'apply', '-f', '-'], {input: keeper})
    await kubectl('wait', 'pod/keeper', '--for=condition=Ready', '--timeout=30s')
    await kubectl('exec', 'keeper', '--', 'sh', '-c', 'echo kept >/data/file; sync')
    await loseEverythingButTheDisk()
    expect((await look()).filter(each => !before.includes(each))).toEqual([stateOnDisk])
    await up()
    await kubectl('wait', 'pod/sleeper', 'pod/keeper', '--for=condition=Ready', '--timeout=60s')
    expect(await kubectl('exec', 'keeper', '--', 'cat', '/data/file')).toBe('kept\n')
  })

  test('of which an older boot is noted knows that its processes are gone', async () => {
    await killAndWait(await runningDaemon(name, paths))
    await killAndWait(await runningContainerd(paths))
    writeFileSync(files.boot, 'another boot\n')
    await up()
    await kubectl('wait', 'pod/sleeper', '--for=condition=Ready', '--timeout=60s')
    expect(readFileSync(files.boot, 'utf8')).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  })

  test('that is down leaves its state and nothing else, and comes up with the same objects', async () => {
    const uid = await kubectl('get', 'namespace', 'default', '-o', 'jsonpath={.metadata.uid}')
    expect(await down(false)).toBe(true)
    const left = (await look()).filter(each => !before.includes(each))
    expect(left).toEqual([stateOnDisk])
    expect(existsSync(files.kubeconfig)).toBe(false)
    const results = await Promise.all([up(), up()])
    expect(results.map(result => result.started).sort()).toEqual([false, true])
    expect(await kubectl('get', 'namespace', 'default', '-o', 'jsonpath={.metadata.uid}')).toBe(uid)
    await kubectl('wait', 'pod/sleeper', '--for=condition=Ready', '--timeout=60s')
  })

  test('that is purged leaves nothing at all', async () => {
    // What there is to leave: else the comparison would prove nothing.
    const there = new Set((await look()).map(line => line.split(':')[0]))
    const kinds = [
      'process',
      'mount',
      'socket',
      'link',
      'address',
      'route',
      'nftables table',
      'control group',
    ]
    expect([...kinds, 'file', 'note'].filter(kind => !there.has(kind))).toEqual([])
    expect(await down(true)).toBe(true)
    expect((await look()).filter(each => !before.includes(each))).toEqual([])
    expect(await down(true)).toBe(false)
  })
})
