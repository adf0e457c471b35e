import {existsSync} from 'node:fs'
import {readFile, rm} from 'node:fs/promises'
import {clearFaults} from '../faults/clear.ts'
import {connectRuntime} from '../node/cri/runtime.ts'
import type {Runtime} from '../node/runtime.ts'
import type {SandboxPaths} from '../ports.ts'
import {containerdPlaces, runningContainerd, stopContainerd} from './containerd/containerd.ts'
import {removeLeftovers} from './leftovers.ts'
import {acquireLock, tryLock} from './lock.ts'
import {removeFolder} from './mounts.ts'
import {changeLock, daemonLock, sandboxFiles} from './paths.ts'
import {signalProcess} from './processes.ts'
import {waitUntil} from './wait.ts'

/** How long containers may take to end by themselves, seconds: enough for Postgres to write its checkpoint. */
const graceSeconds = 5

export interface DownRequest {
  name: string
  paths: SandboxPaths
  /** Also removes what the sandbox keeps: objects, volumes, its authority. Built images stay. */
  purge: boolean
  progress: (message: string) => void
}

/** Ends a sandbox and leaves nothing of it running or set up. True when there was something to end. */
export async function bringDown(request: DownRequest): Promise<boolean> {
  const {name, paths, purge, progress} = request
  using _change = await acquireLock(changeLock(name), () => progress('waiting for another up or down'))
  const {settings, kubeconfig} = sandboxFiles(paths)
  const wasUp = existsSync(paths.run)
  if (wasUp) {
    progress('stopping containers')
    await stopReconciling(name, paths)
    await clearFaults(name, paths)
    await endContainers(paths, purge ? 0 : graceSeconds)
    await stopDaemon(name, paths)
    await stopContainerd(paths)
    await removeLeftovers(name, paths)
  }
  await rm(kubeconfig, {force: true})
  const wasThere = existsSync(settings)
  if (purge) await removeFolder(paths.root)
  return wasUp || (purge && wasThere)
}

/** The process id of the sandbox's daemon while it lives. */
export async function runningDaemon(name: string, paths: SandboxPaths): Promise<number | undefined> {
  const free = await tryLock(daemonLock(name))
  if (free !== undefined) {
    free[Symbol.dispose]()
    return undefined
  }
  const pid = Number.parseInt(await readFile(sandboxFiles(paths).daemonPid, 'utf8').catch(() => ''), 10)
  return Number.isInteger(pid) ? pid : undefined
}

/** Keeps nodes and controllers from starting anew what is about to be stopped; the API goes on for now. */
async function stopReconciling(name: string, paths: SandboxPaths): Promise<void> {
  const pid = await runningDaemon(name, paths)
  if (pid === undefined) return
  signalProcess(pid, 'SIGUSR2')
  await waitUntil(() => existsSync(sandboxFiles(paths).drained), 5000)
}

async function endContainers(paths: SandboxPaths, grace: number): Promise<void> {
  if ((await runningContainerd(paths)) === undefined) return
  const runtime = connectRuntime(containerdPlaces(paths).socket)
  try {
    await endAll(runtime, grace)
  } catch {
    // What a broken runtime cannot end is killed with the leftovers.
  } finally {
    runtime.close()
  }
}

async function endAll(runtime: Runtime, grace: number): Promise<void> {
  const running = (await runtime.containers()).filter(({state}) => state === 'running')
  await Promise.allSettled(running.map(({id}) => runtime.stopContainer(id, grace)))
  const removals = (await runtime.sandboxes()).map(async ({id}) => {
    await runtime.stopSandbox(id)
    await runtime.removeSandbox(id)
  })
  await Promise.allSettled(removals)
}

export async function stopDaemon(name: string, paths: SandboxPaths): Promise<void> {
  const pid = await runningDaemon(name, paths)
  if (pid === undefined) return
  signalProcess(pid, 'SIGTERM')
  const ended = await waitUntil(() => !existsSync(`/proc/${pid}`), 10_000)
  if (!ended) signalProcess(pid, 'SIGKILL')
}
