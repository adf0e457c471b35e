import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Pod, PodSpec} from 'kubernetes-types/core/v1.d.ts'
import {systemClock} from '../../../src/lib/sandbox/controllers/clock.ts'
import {type RunningNodes, startNodes} from '../../../src/lib/sandbox/node/start.ts'
import {pods} from '../../../src/lib/sandbox/resources.ts'
import {FakeRegistry} from '../../fakes/registry.ts'
import {type PrivateContainerd, startContainerd} from './containerd.ts'

/** A registry without an API server, one machine with two virtual nodes, and a containerd of its own. */
export interface TestNodes {
  readonly registry: FakeRegistry
  readonly containerd: PrivateContainerd
  readonly errors: string[]
  nodes: RunningNodes
  /** Lets go of the nodes and starts them anew, as a daemon that was killed. */
  restart(): Promise<void>
  run(name: string, spec: PodSpec, more?: Pod): Pod
  pod(name: string): Pod | undefined
  /** Waits until the pod fulfils the claim; fails with its status after a while. */
  until(name: string, claim: (pod: Pod) => boolean, seconds?: number): Promise<Pod>
  gone(name: string, seconds?: number): Promise<void>
  stop(): Promise<void>
}

export const namespace = 'test'
export const shell = (name: string, script: string) => ({
  name,
  image: 'localhost/busybox:1',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
})

export async function startTestNodes(name: string, third: number): Promise<TestNodes> {
  const folder = join('/tmp/pgk-test-nodes', name)
  const range = {bridge: `pgkt-${name}`.slice(0, 15), subnet: `10.231.${third}.0/24`}
  const containerd = await startContainerd(folder, range)
  const registry = new FakeRegistry(() => new Date())
  const errors: string[] = []
  const paths = {root: join(folder, 'sandbox'), run: join(folder, 'run'), images: join(folder, 'images')}
  mkdirSync(paths.run, {recursive: true})
  let tokens = 0
  const start = () =>
    startNodes({
      registry,
      runtimeSocket: containerd.socket,
      paths,
      addresses: {
        podRange: range.subnet,
        serviceRange: '10.232.0.0/16',
        apiServiceIp: '10.232.0.1',
        dnsServiceIp: '10.232.0.10',
        clusterDomain: 'cluster.local',
        bridgeIp: `10.231.${third}.1`,
      },
      nodes: [
        {name: 'node-a', zone: 'zone-a'},
        {name: 'node-b', zone: 'zone-b'},
      ],
      resolveImage: image => (image === 'registry.example.com/alias:9' ? 'localhost/busybox:1' : image),
      issueToken: ({serviceAccount}) => {
        tokens += 1
        return {token: `token-${serviceAccount}-${tokens}`, expiresAt: Date.now() + 3600_000}
      },
      clock: systemClock,
      cgroupRoot: `pgk-test-${name}`,
      onError: (what, error) => errors.push(`${what}: ${error instanceof Error ? error.stack : error}`),
    })
  const pod = (podName: string) => registry.get(pods, namespace, podName)
  const poll = async (seconds: number, look: () => boolean): Promise<boolean> => {
    const end = Date.now() + seconds * 1000
    while (!look()) {
      if (Date.now() > end) return false
      await sleep(5)
    }
    return true
  }
  const cluster: TestNodes = {
    registry,
    containerd,
    errors,
    nodes: await start(),
    async restart() {
      cluster.nodes.stop()
      cluster.nodes = await start()
    },
    run: (podName, spec, more = {}) =>
      registry.create<Pod>(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        ...more,
        metadata: {name: podName, namespace, ...more.metadata},
        spec: {nodeName: 'node-a', terminationGracePeriodSeconds: 2, ...spec},
      }),
    pod,
    async until(podName, claim, seconds = 20) {
      const {promise, resolve} = Promise.withResolvers<Pod | undefined>()
      const look = (found: Pod | undefined) => {
        if (found?.metadata?.name === podName && claim(found)) resolve(found)
      }
      const unwatch = registry.watch(pods, change => look(change.object))
      const timer = setTimeout(() => resolve(undefined), seconds * 1000)
      look(pod(podName))
      const found = await promise
      unwatch()
      clearTimeout(timer)
      if (found) return found
      const status = JSON.stringify(pod(podName)?.status, null, 1)
      throw new Error(`${podName} after ${seconds} s: ${status}\n${errors.join('\n')}`)
    },
    async gone(podName, seconds = 20) {
      if (await poll(seconds, () => pod(podName) === undefined)) return
      throw new Error(
        `${podName} is still there: ${JSON.stringify(pod(podName)?.status)}\n${errors.join('\n')}`,
      )
    },
    async stop() {
      for (const each of registry.list(pods)) {
        registry.delete(pods, each.metadata?.namespace, each.metadata?.name ?? '')
      }
      await poll(20, () => registry.list(pods).length === 0)
      cluster.nodes.stop()
      await containerd.stop()
    },
  }
  return cluster
}

export const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running'
export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.find(each => each.type === 'Ready')?.status === 'True'
