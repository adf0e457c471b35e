import {existsSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connectFaults} from '../../src/lib/sandbox/faults/client.ts'
import type {FaultRequest} from '../../src/lib/sandbox/faults/fault.ts'
import {bringDown, runningDaemon} from '../../src/lib/sandbox/host/down.ts'
import {sandboxFiles, sandboxPaths} from '../../src/lib/sandbox/host/paths.ts'
import {signalProcess} from '../../src/lib/sandbox/host/processes.ts'
import {run, runAny} from '../../src/lib/sandbox/host/run.ts'
import {sandboxStatus} from '../../src/lib/sandbox/host/status.ts'
import {bringUp} from '../../src/lib/sandbox/host/up.ts'
import {waitUntil} from '../../src/lib/sandbox/host/wait.ts'
import {footprint} from './support/machine.ts'

const name = 'faulttest'
const paths = sandboxPaths(name, {})
const {kubeconfig} = sandboxFiles(paths)
/** A block of its own, so that routes to its pods are told from those of other sandboxes. */
const range = '10.234.0.0/16'
const look = () => footprint(name, '10.234')

const up = () => bringUp({name, paths, nodes: 2, range, images: [], progress: () => undefined})
const down = () => bringDown({name, paths, purge: true, progress: () => undefined})
const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', kubeconfig, ...args])
const faults = () => connectFaults(name, {})
const arm = async (fault: FaultRequest['fault'], seconds?: number) =>
  (await faults()).arm({fault, ...(seconds === undefined ? {} : {seconds})})
const undo = async () => (await faults()).undo(undefined)

/** A command in a pod: its exit code. */
const code = async (pod: string, ...command: string[]): Promise<number> =>
  (await runAny('kubectl', ['--kubeconfig', kubeconfig, 'exec', pod, '--', ...command])).code

let before: string[] = []
let address = ''

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 64Mi}}}
`
const pod = (own: string, node: string, more: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${own}}
spec:
  nodeSelector: {kubernetes.io/hostname: ${node}}
  containers:
    - name: main
      image: localhost/busybox:1
      command: [sh, -c, 'while :; do nc -l -p 80 -e true; done & while :; do date +%s >/tmp/beat; sleep 0.1; done']
${more}`
const volumes = `      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`

const beat = async (): Promise<string> => kubectl('exec', 'a', '--', 'cat', '/tmp/beat')
const reaches = async (): Promise<boolean> => (await code('b', 'nc', '-w', '2', address, '80')) === 0

beforeAll(async () => {
  await down()
  before = await look()
  await up()
  const manifest = [claim, pod('a', 'node-1', volumes), pod('b', 'node-2', '')].join('---\n')
  await run('kubectl', ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], {input: manifest})
  await kubectl('wait', 'pod/a', 'pod/b', '--for=condition=Ready', '--timeout=60s')
  address = await kubectl('get', 'pod', 'a', '-o', 'jsonpath={.status.podIP}')
})
afterAll(() => down())

describe('a fault', () => {
  test('pauses every process of a container, and lets it go on', async () => {
    await arm({kind: 'pause', pod: 'a'})
    const since = await beat()
    await new Promise(resolve => setTimeout(resolve, 1500))
    expect(await beat()).toBe(since)
    await undo()
    expect(await waitUntil(async () => (await beat()) !== since, 5000)).toBe(true)
  })

  test('cuts pods apart until its time is over', async () => {
    expect(await reaches()).toBe(true)
    await arm({kind: 'partition', pod: 'a', from: 'b'}, 4)
    expect(await reaches()).toBe(false)
    expect(await waitUntil(async () => (await sandboxStatus(name, paths)).faults.length === 0, 10_000)).toBe(
      true,
    )
    expect(await reaches()).toBe(true)
  })

  test('fills a volume and nothing else, and gives the room back', async () => {
    await arm({kind: 'disk-full', pod: 'a'})
    expect(await code('a', 'sh', '-c', 'echo more >/data/more && sync && test -s /data/more')).not.toBe(0)
    expect(await code('a', 'sh', '-c', 'echo more >/tmp/more')).toBe(0)
    await undo()
    expect(await code('a', 'sh', '-c', 'echo more >/data/more && ls -A /data')).toBe(0)
  })

  test('delays packets to a pod', async () => {
    await arm({kind: 'latency', pod: 'a', milliseconds: 700})
    const began = performance.now()
    expect(await reaches()).toBe(true)
    expect(performance.now() - began).toBeGreaterThan(700)
    await undo()
  })

  test('is noted only when it was possible', async () => {
    await expect(arm({kind: 'pause', pod: 'nobody'})).rejects.toThrow('there is no pod nobody')
    await expect(arm({kind: 'disk-full', pod: 'b'})).rejects.toThrow('has no such volume')
    expect(await (await faults()).list()).toEqual([])
  })

  test('outlives the daemon', async () => {
    await arm({kind: 'partition', pod: 'a', from: 'all'})
    await arm({kind: 'node-down', node: 'node-2'})
    const pid = await runningDaemon(name, paths)
    if (pid === undefined) throw new Error('no daemon')
    signalProcess(pid, 'SIGKILL')
    await waitUntil(() => !existsSync(`/proc/${pid}`), 5000)
    await up()
    const {faults: listed, nodes} = await sandboxStatus(name, paths)
    expect(listed.map(line => line.split(':')[0])).toEqual(['partition-1', 'node-down-1'])
    expect(nodes.length).toBe(2)
    expect(await undo()).toHaveLength(2)
    expect(await reaches()).toBe(true)
  })

  test('leaves nothing when the sandbox goes down with everything broken', async () => {
    await arm({kind: 'latency', pod: 'b', milliseconds: 50})
    await arm({kind: 'loss', pod: 'b', percent: 50})
    await arm({kind: 'disk-full', pod: 'a'})
    await arm({kind: 'pause', pod: 'a'})
    await arm({kind: 'node-down', node: 'node-2'})
    await arm({kind: 'api', mode: 'down'})
    const there = new Set((await look()).map(line => line.split(':')[0]))
    expect(['loop device', 'routing rule'].filter(kind => !there.has(kind))).toEqual([])
    await down()
    expect((await look()).filter(each => !before.includes(each))).toEqual([])
  })
})
