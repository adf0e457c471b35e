import {rm, writeFile} from 'node:fs/promises'
import {pathToFileURL} from 'node:url'
import {startControlPlane} from './control-plane.ts'
import {containerdPlaces, ensureContainerd} from './host/containerd/containerd.ts'
import {keepContainerd} from './host/containerd/watch.ts'
import {tryLock} from './host/lock.ts'
import {daemonLock, sandboxFiles, sandboxPaths} from './host/paths.ts'
import {readPki} from './host/pki.ts'
import {readSettings} from './host/settings.ts'
import {pauseImage} from './image/busybox.ts'
import {prepareNetwork} from './network/network.ts'
import {addressesIn} from './network/ranges.ts'
import type {SandboxPaths} from './ports.ts'

const log = (message: string) => process.stderr.write(`${new Date().toISOString()} ${message}\n`)
const report = (what: string, error: unknown) =>
  log(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)

/**
 * Runs a sandbox in this process until a signal ends it. SIGTERM ends the process and leaves the containers
 * running; SIGUSR2 only stops nodes and controllers, for a `down` that is about to stop the containers.
 */
async function runDaemon(name: string, paths: SandboxPaths): Promise<void> {
  const lock = await tryLock(daemonLock(name))
  if (lock === undefined) throw new Error(`the sandbox ${name} runs already`)
  const files = sandboxFiles(paths)
  await writeFile(files.daemonPid, `${process.pid}\n`)
  await rm(files.ready, {force: true})
  const settings = await readSettings(paths)
  if (settings === undefined) throw new Error(`no sandbox ${name} in ${paths.root}`)
  const addresses = addressesIn(settings.block)
  const {networks, leases, forwarding: forwardingNote} = files
  await prepareNetwork({sandbox: name, addresses, networks, leases, forwardingNote})

  const stopping = new AbortController()
  const {signal} = stopping
  const containerd = {paths, networks, plugins: settings.plugins, pauseImage: pauseImage.name}
  const restart = () => ensureContainerd(containerd)
  await restart()
  void keepContainerd({socket: containerdPlaces(paths).socket, restart, log, signal})

  const plane = await startControlPlane({settings, paths, addresses, pki: await readPki(paths), report})
  const stop = async (): Promise<void> => {
    stopping.abort()
    await rm(files.ready, {force: true})
    await plane.stop()
    process.exit(0)
  }
  process.on('SIGUSR2', () => {
    plane.drain()
    void writeFile(files.drained, '')
  })
  for (const each of ['SIGTERM', 'SIGINT'] as const) process.once(each, () => void stop())
  await writeFile(files.ready, '')
  log(`serving ${plane.url}`)
}

const [, program, name] = process.argv
if (program !== undefined && name !== undefined && import.meta.url === pathToFileURL(program).href) {
  // A log on a full disk loses lines; that must not end what could still be read.
  process.stderr.on('error', () => undefined)
  process.on('unhandledRejection', error => report('unhandled', error))
  runDaemon(name, sandboxPaths(name, process.env)).catch((error: unknown) => {
    report('the daemon does not start', error)
    process.exit(1)
  })
}
