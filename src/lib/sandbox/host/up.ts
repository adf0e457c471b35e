import {existsSync} from 'node:fs'
import {chown, mkdir, rm} from 'node:fs/promises'
import {extname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {failedError} from '../../errors.ts'
import {silentNodes} from '../faults/effects.ts'
import {readFaults} from '../faults/state.ts'
import {type BuiltImage, buildImages} from '../image/build.ts'
import {pauseImage} from '../image/busybox.ts'
import {importImages} from '../image/import.ts'
import {plantSeed} from '../image/seed.ts'
import {addressesIn} from '../network/ranges.ts'
import type {SandboxPaths} from '../ports.ts'
import {askApi, serverUrl} from './client.ts'
import {containerdPlaces, ensureContainerd, lastLines, startDetached} from './containerd/containerd.ts'
import {runningDaemon} from './down.ts'
import {clearEarlierBoot} from './leftovers.ts'
import {acquireLock} from './lock.ts'
import {parseNodes} from './nodes.ts'
import {changeLock, sandboxFiles} from './paths.ts'
import {ensurePki, kubeconfigText, type SandboxPki} from './pki.ts'
import {preflight, thisMachine} from './preflight.ts'
import {ensureSettings, type Settings} from './settings.ts'
import {waitUntil} from './wait.ts'
import {writeWhole} from './write.ts'

/** The stages of bringing a sandbox up, in order, and what is done in the current one. */
export type UpStage = 'images' | 'unpack' | 'nodes'
export type UpProgress = (stage: UpStage, message?: string) => void

export interface UpRequest {
  name: string
  paths: SandboxPaths
  /** Number of virtual nodes of a new sandbox. */
  nodes: number
  /** Recipes of the images that pods shall find. */
  images: readonly string[]
  /** The /16 of a new sandbox instead of the first free one. */
  range?: string
  /** A Debian mirror instead of the one that apt uses. */
  mirror?: string
  progress: UpProgress
  signal?: AbortSignal
}

export interface UpResult {
  /** False when it was running already. */
  started: boolean
  server: string
  kubeconfig: string
}

/** Young objects of a control plane die fast: a small nursery saves memory and costs nothing that is felt. */
const nodeFlags = ['--no-warnings', '--max-semi-space-size=2']
const readyMilliseconds = 30_000

/** Brings a sandbox to where its API answers and its nodes are ready. One that runs is left as it is. */
export async function bringUp(request: UpRequest): Promise<UpResult> {
  try {
    return await raise(request)
  } catch (error) {
    throw isFull(error) ? diskFull(request.paths, error) : error
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')

const diskFull = ({root, images}: SandboxPaths, cause: unknown): Error =>
  failedError('SANDBOX_DISK_FULL', 'there is no room left on a disk that the sandbox needs', {
    hints: [`See which one is full: df -h ${root} ${images} /run`, 'Free some space on it and try again.'],
    cause,
  })

async function raise(request: UpRequest): Promise<UpResult> {
  const {name, paths, progress} = request
  const plugins = preflight(thisMachine())
  using _change = await acquireLock(changeLock(name), () =>
    progress('images', 'waiting for another up or down'),
  )
  await mkdir(paths.root, {recursive: true, mode: 0o711})
  await clearEarlierBoot(name, paths)
  const settings = await ensureSettings({
    name,
    paths,
    plugins,
    nodes: request.nodes,
    ...(request.range === undefined ? {} : {range: request.range}),
  })
  const pki = await ensurePki(paths, addressesIn(settings.block))
  const {kubeconfig, networks} = sandboxFiles(paths)
  const running = await runningDaemon(name, paths)
  const runtime = {paths, plugins: settings.plugins, pauseImage: pauseImage.name}
  const images = await buildAll(request)
  const unpacking = (message: string) => progress('unpack', message)
  progress('unpack')
  await plantSeed({...runtime, images, progress: unpacking})
  const containerd = ensureContainerd({...runtime, networks})
  await Promise.all([
    containerd.then(() => (running === undefined ? startDaemon(name, paths) : undefined)),
    containerd.then(() => importImages(containerdPlaces(paths), images, unpacking)),
  ])
  progress('nodes')
  await waitForNodes(settings, paths, pki)
  await writeWhole(kubeconfig, kubeconfigText(contextName(name), serverUrl(settings), pki))
  await giveToCaller(kubeconfig)
  return {started: running === undefined, server: serverUrl(settings), kubeconfig}
}

function buildAll({paths, images, mirror, signal, progress}: UpRequest): Promise<BuiltImage[]> {
  return buildImages({
    folder: paths.images,
    recipes: images,
    progress: message => progress('images', message),
    ...(mirror === undefined ? {} : {mirror}),
    ...(signal === undefined ? {} : {signal}),
  })
}

/** Whoever became root by sudo wants to use the sandbox as themselves. */
async function giveToCaller(file: string): Promise<void> {
  const [user, group] = [Number(process.env['SUDO_UID']), Number(process.env['SUDO_GID'])]
  if (Number.isInteger(user) && Number.isInteger(group)) await chown(file, user, group)
}

function contextName(name: string): string {
  return name === 'default' ? 'pgk-sandbox' : `pgk-sandbox-${name}`
}

async function startDaemon(name: string, paths: SandboxPaths): Promise<void> {
  const {logs, daemonLog, drained, ready} = sandboxFiles(paths)
  await mkdir(logs, {recursive: true, mode: 0o700})
  await Promise.all([rm(drained, {force: true}), rm(ready, {force: true})])
  // The same extension as this file: TypeScript in the source tree, JavaScript in the package.
  const program = fileURLToPath(new URL(`../daemon${extname(import.meta.url)}`, import.meta.url))
  const pid = startDetached(process.execPath, [...nodeFlags, program, name], daemonLog)
  const settled = await waitUntil(() => existsSync(ready) || !existsSync(`/proc/${pid}`), readyMilliseconds)
  if (settled && existsSync(ready)) return
  throw await daemonFailure(paths, 'the sandbox’s daemon does not start')
}

async function waitForNodes(settings: Settings, paths: SandboxPaths, pki: SandboxPki): Promise<void> {
  let last: unknown
  // What is broken on purpose outlives the daemon, and would be waited for in vain.
  const silent = silentNodes((await readFaults(paths)).map(({fault}) => fault))
  const ready = await waitUntil(async () => {
    if ((await runningDaemon(settings.name, paths)) === undefined) {
      throw await daemonFailure(paths, 'the sandbox’s daemon ended while it started')
    }
    try {
      if (!existsSync(sandboxFiles(paths).ready)) return false
      await askApi(settings, pki, '/readyz')
      const nodes = parseNodes(await askApi(settings, pki, '/api/v1/nodes'))
      return nodes.filter(node => node.ready).length >= settings.nodes - silent.size
    } catch (error) {
      last = error
      return false
    }
  }, readyMilliseconds)
  if (ready) return
  throw failedError('SANDBOX_NOT_READY', 'the sandbox runs, but its nodes do not become ready', {
    hints: [
      `Read the daemon’s log: ${sandboxFiles(paths).daemonLog}`,
      'Something may be broken on purpose: pgk sandbox status',
    ],
    cause: last,
  })
}

async function daemonFailure(paths: SandboxPaths, message: string): Promise<Error> {
  const {daemonLog} = sandboxFiles(paths)
  return failedError('SANDBOX_DAEMON', message, {
    reason: await lastLines(daemonLog),
    hints: [`Read its log: ${daemonLog}`],
  })
}
