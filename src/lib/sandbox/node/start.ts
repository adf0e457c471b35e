import {randomUUID} from 'node:crypto'
import {readFileSync, statfsSync} from 'node:fs'
import {mkdir, rm} from 'node:fs/promises'
import {basename, join} from 'node:path'
import type {Clock} from '../controllers/clock.ts'
import {createRecorder} from '../controllers/recorder.ts'
import type {Addresses, PodStreams, SandboxPaths} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {bytesOf} from './amounts.ts'
import type {NodeContext} from './context.ts'
import {connectRuntime} from './cri/runtime.ts'
import {hostDns} from './dns.ts'
import {Heartbeat} from './heartbeat.ts'
import {Images, type ResolveImage} from './images.ts'
import {type MachineFacts, machineCapacity, type NodeSettings} from './node-object.ts'
import {NodePods} from './pods.ts'
import type {Runtime} from './runtime.ts'
import {PodFolders} from './sandbox-config.ts'
import {podStreams} from './streams/streams.ts'
import type {IssueToken} from './volumes/tokens.ts'

export interface NodesOptions {
  readonly registry: Registry
  /** containerd's socket. */
  readonly runtimeSocket: string
  readonly paths: SandboxPaths
  readonly addresses: Addresses
  readonly nodes: readonly NodeSettings[]
  readonly resolveImage: ResolveImage
  readonly issueToken: IssueToken
  readonly clock: Clock
  /** Top of the pods' control groups; by default named after the sandbox's folder. */
  readonly cgroupRoot?: string
  /** Hears of failures that are tried again. */
  readonly onError?: (what: string, error: unknown) => void
  /** Nodes that are down from the beginning. */
  readonly suspended?: ReadonlySet<string>
}

export interface RunningNodes {
  readonly streams: PodStreams
  /** The nodes that fall silent and do nothing; all others work. What runs on them is not touched. */
  suspend(names: ReadonlySet<string>): Promise<void>
  /** Lets go of everything; containers go on and are adopted by the next start. */
  stop(): void
}

const firstLine = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]
  } catch {
    return undefined
  }
}

async function machineFacts(runtime: Runtime, ip: string, folder: string): Promise<MachineFacts> {
  const {bsize, blocks} = statfsSync(folder)
  const release = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))
  return {
    ip,
    capacity: machineCapacity(bsize * blocks),
    machineId: firstLine('/etc/machine-id') || randomUUID().replaceAll('-', ''),
    bootId: firstLine('/proc/sys/kernel/random/boot_id') ?? '',
    osImage: release?.[1] ?? 'Linux',
    runtimeVersion: await runtime.version(),
  }
}

/** Starts all virtual nodes of a sandbox on one container runtime that answers already. */
export async function startNodes(options: NodesOptions): Promise<RunningNodes> {
  const {registry, paths, addresses, nodes, clock, issueToken} = options
  const root = join(paths.root, 'nodes')
  await mkdir(root, {recursive: true, mode: 0o711})
  const fifos = join(paths.run, 'exec')
  // Whoever spoke through them is gone.
  await rm(fifos, {recursive: true, force: true})
  const runtime = connectRuntime(options.runtimeSocket)
  const onError = options.onError ?? (() => undefined)
  const facts = await machineFacts(runtime, addresses.bridgeIp, root)
  const images = new Images(runtime, options.resolveImage)
  const machineBytes = bytesOf(facts.capacity['memory'])
  const dns = hostDns()
  const cgroupRoot = options.cgroupRoot ?? `pgk-${basename(paths.root)}`
  const contexts = nodes.map(({name}): [string, NodeContext] => [
    name,
    {
      node: {name, ip: facts.ip, allocatable: facts.capacity},
      registry,
      runtime,
      clock,
      recorder: createRecorder({registry, clock, component: 'kubelet', host: name}),
      addresses,
      hostDns: dns,
      folders: new PodFolders(root),
      images,
      issueToken,
      cgroupRoot,
      machineBytes,
      onError,
    },
  ])
  const [first] = contexts
  if (!first) throw new Error('a sandbox needs at least one node')
  const heartbeat = new Heartbeat({
    registry,
    clock,
    settings: nodes,
    facts,
    isRuntimeUp: () =>
      runtime.version().then(
        () => true,
        () => false,
      ),
    onError,
  })
  const pods = new NodePods({registry, runtime, contexts: new Map(contexts), machine: first[1]})
  const suspend = async (names: ReadonlySet<string>): Promise<void> => {
    heartbeat.suspend(names)
    await pods.suspend(names)
  }
  if (options.suspended) await suspend(options.suspended)
  await heartbeat.start()
  await pods.start()
  return {
    streams: podStreams({
      runtime,
      pods,
      folders: new PodFolders(root),
      fifos: join(paths.run, 'exec'),
      clock,
    }),
    suspend,
    stop: () => {
      heartbeat.stop()
      pods.stop()
      runtime.close()
    },
  }
}
