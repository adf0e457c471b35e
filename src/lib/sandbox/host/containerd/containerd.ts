import {spawn} from 'node:child_process'
import {closeSync, openSync} from 'node:fs'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {failedError} from '../../../errors.ts'
import type {SandboxPaths} from '../../ports.ts'
import {acquireLock} from '../lock.ts'
import {processesWith, runsWith, signalProcess} from '../processes.ts'
import {waitUntil} from '../wait.ts'
import {writeWhole} from '../write.ts'
import {containerdConfig} from './config.ts'
import {answers, removeDeadSockets} from './tasks.ts'

const startMilliseconds = 20_000

/** Where one sandbox's containerd keeps its things. */
export function containerdPlaces(paths: SandboxPaths) {
  return {
    config: join(paths.root, 'containerd.toml'),
    root: join(paths.root, 'containerd'),
    log: join(paths.root, 'logs', 'containerd.log'),
    state: join(paths.run, 'containerd'),
    runc: join(paths.run, 'runc'),
    socket: join(paths.run, 'containerd.sock'),
    pid: join(paths.run, 'containerd.pid'),
  }
}

export interface ContainerdRequest {
  paths: SandboxPaths
  /** Folder of the CNI network lists. */
  networks: string
  /** Folder of the CNI plugins. */
  plugins: string
  pauseImage: string
}

/**
 * Makes containerd run and answer. One that runs already is left alone, whoever started it; one that runs
 * and does not answer is replaced, which its containers do not notice.
 */
export async function ensureContainerd(request: ContainerdRequest): Promise<void> {
  const places = containerdPlaces(request.paths)
  // `up` and the daemon may both miss it at the same moment.
  using _lock = await acquireLock(`containerd/${places.socket}`)
  if ((await runningContainerd(request.paths)) !== undefined) {
    if (await waitUntil(() => answers(places.socket), startMilliseconds)) return
    await stopContainerd(request.paths)
  }
  await mkdir(join(request.paths.root, 'logs'), {recursive: true, mode: 0o700})
  await mkdir(request.paths.run, {recursive: true, mode: 0o711})
  const {root, state, socket, runc} = places
  const {networks, plugins, pauseImage} = request
  const config = containerdConfig({root, state, socket, runc, networks, plugins, pauseImage})
  await writeWhole(places.config, config)
  await removeDeadSockets(state)
  const pid = startDetached('containerd', ['--config', places.config], places.log)
  await writeFile(places.pid, `${pid}\n`)
  const up = await waitUntil(
    async () => (await answers(socket)) || !runsWith(pid, places.config),
    startMilliseconds,
  )
  if (up && runsWith(pid, places.config)) return
  throw failedError('SANDBOX_CONTAINERD', 'containerd does not start', {
    reason: await lastLines(places.log),
    hints: [`Read its log: ${places.log}`],
  })
}

/** The process id of this sandbox's containerd while it runs. */
export async function runningContainerd(paths: SandboxPaths): Promise<number | undefined> {
  const places = containerdPlaces(paths)
  const noted = Number.parseInt(await readFile(places.pid, 'utf8').catch(() => ''), 10)
  if (Number.isInteger(noted) && runsWith(noted, places.config)) return noted
  return processesWith(places.config)[0]
}

/** Ends containerd; containers go on. */
export async function stopContainerd(paths: SandboxPaths): Promise<void> {
  const places = containerdPlaces(paths)
  const pid = await runningContainerd(paths)
  if (pid !== undefined) {
    signalProcess(pid, 'SIGTERM')
    const ended = await waitUntil(() => !runsWith(pid, places.config), 5000)
    if (!ended) signalProcess(pid, 'SIGKILL')
  }
  await rm(places.pid, {force: true})
}

/** Starts a program that outlives this one, in a session of its own, with its output in a file. */
export function startDetached(command: string, args: readonly string[], log: string): number {
  const descriptor = openSync(log, 'a', 0o600)
  try {
    const child = spawn(command, args, {detached: true, stdio: ['ignore', descriptor, descriptor]})
    child.on('error', () => undefined)
    child.unref()
    if (child.pid !== undefined) return child.pid
  } finally {
    closeSync(descriptor)
  }
  throw failedError('SANDBOX_PROGRAM', `${command} cannot be started`)
}

export async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-5).join('\n')
}
