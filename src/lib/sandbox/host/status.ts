import {stat, statfs} from 'node:fs/promises'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {faultLine} from '../faults/report.ts'
import {readFaults} from '../faults/state.ts'
import {readAliases} from '../image/build.ts'
import {presentImages} from '../image/import.ts'
import {addressesIn} from '../network/ranges.ts'
import type {SandboxPaths} from '../ports.ts'
import {askApi, serverUrl} from './client.ts'
import {containerdPlaces, runningContainerd} from './containerd/containerd.ts'
import {runningDaemon} from './down.ts'
import {type NodeSummary, parseNodes} from './nodes.ts'
import {sandboxFiles} from './paths.ts'
import {readPki} from './pki.ts'
import {runAny} from './run.ts'
import {readSettings, type Settings} from './settings.ts'

/** The `SandboxStatus` that scripts read. */
export interface SandboxStatus {
  apiVersion: 'pgk/v1'
  kind: 'SandboxStatus'
  name: string
  running: boolean
  server: string | null
  kubeconfig: string | null
  nodes: NodeSummary[]
  /** All names that pods may give as their image. */
  images: string[]
  /** Which of them are other names of a built image, by its own name. */
  aliases: Record<string, string[]>
  /** What is broken on purpose at the moment. */
  faults: string[]
  /** Pods that are not finished; null while the API does not answer. */
  pods: number | null
  uptimeSeconds: number | null
  /** The ranges that its pods and Services have addresses of. */
  addresses: {pods: string; services: string} | null
  /** What its state takes of the disk, and what is left for it; in bytes. */
  disk: {used: number; free: number} | null
  /** Why something could not be read. */
  unknown: {source: string; reason: string}[]
}

const podList = Compile(
  Type.Object({
    items: Type.Array(
      Type.Object({status: Type.Optional(Type.Object({phase: Type.Optional(Type.String())}))}),
    ),
  }),
)

/** What there is of a sandbox. Never fails for a sandbox that is down or broken: it says so. */
export async function sandboxStatus(name: string, paths: SandboxPaths): Promise<SandboxStatus> {
  const unknown: SandboxStatus['unknown'] = []
  const settings = await readSettings(paths)
  const daemon = settings === undefined ? undefined : await runningDaemon(name, paths)
  const images = await imagesOf(paths)
  const base: SandboxStatus = {
    apiVersion: 'pgk/v1',
    kind: 'SandboxStatus',
    name,
    running: daemon !== undefined,
    server: null,
    kubeconfig: null,
    nodes: [],
    images,
    aliases: presentAliases(await readAliases(), images),
    faults: (await readFaults(paths).catch(() => [])).map(faultLine),
    pods: null,
    uptimeSeconds: null,
    addresses: null,
    disk: null,
    unknown,
  }
  if (settings === undefined || daemon === undefined) return base
  const files = sandboxFiles(paths)
  const objects = await readObjects(settings, paths).catch((error: unknown) => {
    unknown.push({source: 'API server', reason: error instanceof Error ? error.message : String(error)})
    return undefined
  })
  const since = await stat(files.daemonPid).catch(() => undefined)
  return {
    ...base,
    server: serverUrl(settings),
    kubeconfig: files.kubeconfig,
    nodes: objects?.nodes ?? [],
    pods: objects?.pods ?? null,
    uptimeSeconds: since === undefined ? null : Math.floor((Date.now() - since.mtimeMs) / 1000),
    addresses: rangesIn(settings.block),
    disk: await diskOf(paths.root),
  }
}

function rangesIn(block: string): SandboxStatus['addresses'] {
  const {podRange, serviceRange} = addressesIn(block)
  return {pods: podRange, services: serviceRange}
}

async function diskOf(root: string): Promise<SandboxStatus['disk']> {
  // Files come and go meanwhile, of which du complains and counts the others.
  const {stdout} = await runAny('du', ['--summarize', '--one-file-system', '--block-size=1', root])
  const used = Number.parseInt(stdout, 10)
  const {bavail, bsize} = await statfs(root)
  return Number.isInteger(used) ? {used, free: bavail * bsize} : null
}

async function readObjects(settings: Settings, paths: SandboxPaths) {
  const pki = await readPki(paths)
  const [nodes, pods] = await Promise.all([
    askApi(settings, pki, '/api/v1/nodes'),
    askApi(settings, pki, '/api/v1/pods'),
  ])
  return {nodes: parseNodes(nodes), pods: countPods(JSON.parse(pods))}
}

function countPods(list: unknown): number | null {
  if (!podList.Check(list)) return null
  return list.items.filter(({status}) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').length
}

function presentAliases(
  aliases: Readonly<Record<string, readonly string[]>>,
  images: readonly string[],
): Record<string, string[]> {
  const there = Object.entries(aliases).map(([name, others]): [string, string[]] => [
    name,
    others.filter(other => images.includes(other)),
  ])
  return Object.fromEntries(there.filter(([name, others]) => images.includes(name) && others.length > 0))
}

async function imagesOf(paths: SandboxPaths): Promise<string[]> {
  if ((await runningContainerd(paths)) === undefined) return []
  return presentImages(containerdPlaces(paths)).catch(() => [])
}
