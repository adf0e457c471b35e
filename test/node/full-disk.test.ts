import {mkdirSync, rmSync, statfsSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest'
import {bringDown, runningDaemon} from '../../src/lib/sandbox/host/down.ts'
import {sandboxFiles, sandboxPaths} from '../../src/lib/sandbox/host/paths.ts'
import {signalProcess} from '../../src/lib/sandbox/host/processes.ts'
import {run, runAny} from '../../src/lib/sandbox/host/run.ts'
import {bringUp} from '../../src/lib/sandbox/host/up.ts'
import {waitUntil} from '../../src/lib/sandbox/host/wait.ts'

const name = 'fulltest'
const folder = '/tmp/pgk-test-full-disk'
const [image, disk] = [join(folder, 'disk.img'), join(folder, 'disk')]
// The daemon reads it, too.
vi.stubEnv('PGK_SANDBOX_ROOT', join(disk, 'sandbox'))
const paths = sandboxPaths(name, process.env)
const {kubeconfig} = sandboxFiles(paths)
const range = '10.238.0.0/16'
const filler = join(disk, 'filler')

const up = () => bringUp({name, paths, nodes: 1, range, images: [], progress: () => undefined})
const down = () => bringDown({name, paths, purge: true, progress: () => undefined})
const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', kubeconfig, ...args])

/** Creates ConfigMaps, ever smaller ones, until not even the smallest is taken. */
async function write(prefix: string): Promise<{acknowledged: string[]; refusal: string}> {
  const acknowledged: string[] = []
  let refusal = ''
  for (const size of [60_000, 3000, 1]) {
    for (let n = 0; n < 300; n++) {
      const text = `--from-literal=text=${'x'.repeat(size)}`
      const args = ['create', 'configmap', `${prefix}-${size}-${n}`, text, '-o', 'name']
      const {code, stdout, stderr} = await runAny('kubectl', ['--kubeconfig', kubeconfig, ...args])
      refusal = stderr
      if (code !== 0) break
      acknowledged.push(stdout.trim())
    }
  }
  return {acknowledged, refusal}
}

async function fill(): Promise<void> {
  for (const size of ['1M', '4k', '1k']) {
    await runAny('dd', ['if=/dev/zero', `of=${filler}`, `bs=${size}`, 'oflag=append,sync', 'conv=notrunc'])
  }
  expect(statfsSync(disk).bavail).toBeLessThan(8)
}

async function missing(names: readonly string[]): Promise<string[]> {
  const there = new Set((await kubectl('get', 'configmaps', '-o', 'name')).trim().split('\n'))
  return names.filter(each => !there.has(each))
}

const acknowledged: string[] = []

beforeAll(async () => {
  await runAny('umount', ['--lazy', disk])
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(disk, {recursive: true})
  await run('truncate', ['--size', '256M', image])
  await run('mkfs.ext4', ['-q', '-m', '0', image])
  await run('mount', ['-o', 'loop', image, disk])
  await up()
  await kubectl('run', 'sleeper', '--image=localhost/busybox:1', '--', 'sleep', '100000')
  await kubectl('wait', 'pod/sleeper', '--for=condition=Ready', '--timeout=30s')
})
afterAll(async () => {
  await down()
  await run('umount', [disk])
  rmSync(folder, {recursive: true, force: true})
})

describe('a sandbox whose disk is full', () => {
  test('refuses writes with a sentence that says so and what helps, and goes on reading', async () => {
    await fill()
    // Some are still taken.
    await run('truncate', ['--size=-1M', filler])
    const written = await write('full')
    acknowledged.push(...written.acknowledged)
    expect(written.refusal).toMatch(/database space exceeded: the disk that holds \S+state\.db is full/)
    expect(written.refusal).toContain('Free some space on it')
    expect(await missing(acknowledged)).toEqual([])
    expect(await kubectl('get', 'pod', 'sleeper', '-o', 'jsonpath={.status.phase}')).toBe('Running')
    expect(await kubectl('exec', 'sleeper', '--', 'echo', 'alive')).toBe('alive\n')
  })

  test('refuses to delete without losing what it keeps', async () => {
    const args = ['--kubeconfig', kubeconfig, 'delete', 'pod/sleeper', '--wait=false']
    const {code, stderr} = await runAny('kubectl', args)
    expect([code, stderr]).toEqual([1, expect.stringContaining('database space exceeded')])
    expect(await kubectl('get', 'pod', 'sleeper', '-o', 'jsonpath={.status.phase}')).toBe('Running')
  })

  test('takes writes again once there is room, in the same process', async () => {
    const daemon = await runningDaemon(name, paths)
    rmSync(filler)
    await kubectl('create', 'configmap', 'after')
    acknowledged.push('configmap/after')
    await kubectl('run', 'later', '--image=localhost/busybox:1', '--', 'sleep', '100000')
    await kubectl('wait', 'pod/later', 'node/node-1', '--for=condition=Ready', '--timeout=60s')
    expect(await runningDaemon(name, paths)).toBe(daemon)
  })

  test('that is killed comes back on the full disk, and has lost nothing that it acknowledged', async () => {
    await fill()
    acknowledged.push(...(await write('again')).acknowledged)
    const daemon = await runningDaemon(name, paths)
    if (daemon === undefined) throw new Error('no daemon')
    signalProcess(daemon, 'SIGKILL')
    await waitUntil(async () => (await runningDaemon(name, paths)) === undefined, 5000)
    await up()
    expect(await missing(acknowledged)).toEqual([])
    rmSync(filler)
    await kubectl('create', 'configmap', 'at-last')
    expect(acknowledged.length).toBeGreaterThan(1)
    expect(await missing(acknowledged)).toEqual([])
  })
})
