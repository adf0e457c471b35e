import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rename, rm, rmdir, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {closeFirewall} from '../network/firewall.ts'
import {bridgeName, disableForwarding, removeBridge} from '../network/links.ts'
import {removeRules} from '../network/proxy.ts'
import type {SandboxPaths} from '../ports.ts'
import {containerdPlaces} from './containerd/containerd.ts'
import {knownTasks, type Task} from './containerd/tasks.ts'
import {removeFolder, unmountBelow} from './mounts.ts'
import {cgroupRoot, sandboxFiles} from './paths.ts'
import {descendantsOf, processesWith, signalProcess} from './processes.ts'
import {waitUntil} from './wait.ts'

const cniResults = '/var/lib/cni/results'
const shimSockets = '/run/containerd'

/** The processes of all containers, the outermost first, and the shims that hold them. */
export function containerProcesses(paths: SandboxPaths): {shims: number[]; inside: number[]} {
  const shims = processesWith(containerdPlaces(paths).socket)
  return {shims, inside: descendantsOf(shims)}
}

/** Kills whatever still runs of a sandbox, and takes away all that it left on the machine outside its folders. */
export async function removeLeftovers(name: string, paths: SandboxPaths): Promise<void> {
  const tasks = await knownTasks(containerdPlaces(paths).state)
  await killContainers(paths)
  await unmountBelow([paths.run, paths.root])
  await removeCgroups(cgroupRoot(name))
  await removeRules(name)
  await closeFirewall(name)
  await removeBridge(bridgeName(name))
  await removeCniResults(name, tasks)
  await Promise.all(tasks.map(({socket}) => rm(socket, {force: true})))
  await restoreForwarding(paths)
  await removeFolder(paths.run)
  await removeEmpty([
    join(shimSockets, 's'),
    join(shimSockets, 'fifo'),
    shimSockets,
    '/run/pgk/sandbox',
    '/run/pgk',
  ])
}

/** The kernel routed nothing before the first sandbox came; the last one to go puts that back. */
async function restoreForwarding(paths: SandboxPaths): Promise<void> {
  const {forwarding} = sandboxFiles(paths)
  if (!existsSync(forwarding)) return
  const folder = dirname(paths.run)
  const other = (await subfolders(folder)).find(name => name !== basename(paths.run))
  if (other === undefined) await disableForwarding()
  else await rename(forwarding, join(folder, other, basename(forwarding)))
}

async function killContainers(paths: SandboxPaths): Promise<void> {
  const {shims, inside} = containerProcesses(paths)
  const all = [...inside, ...shims]
  for (const pid of all) signalProcess(pid, 'SIGKILL')
  await waitUntil(() => containerProcesses(paths).shims.length === 0, 5000)
}

/** Removes the tree of control groups in every hierarchy; one that is busy for a moment is tried again. */
async function removeCgroups(root: string): Promise<void> {
  const base = '/sys/fs/cgroup'
  const hierarchies = [base, ...(await subfolders(base)).map(name => join(base, name))]
  for (const hierarchy of hierarchies) {
    const top = join(hierarchy, root)
    await waitUntil(async () => !existsSync(top) || (await removeTree(top)), 2000)
  }
}

/** Control groups are removed by removing folders, never their files. True when all are gone. */
async function removeTree(folder: string): Promise<boolean> {
  for (const name of await subfolders(folder)) await removeTree(join(folder, name))
  return rmdir(folder).then(
    () => true,
    () => false,
  )
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
}

/** The CNI library notes what it set up in a place that all users of it share. */
async function removeCniResults(name: string, tasks: readonly Task[]): Promise<void> {
  const network = `${bridgeName(name)}-`
  const loopbacks = new Set(tasks.map(({id}) => `cni-loopback-${id}-lo`))
  const names = await readdir(cniResults).catch(() => [])
  const own = names.filter(file => file.startsWith(network) || loopbacks.has(file))
  await Promise.all(own.map(file => rm(join(cniResults, file), {force: true})))
  await removeEmpty([cniResults, '/var/lib/cni'])
}

async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined)
}

/** Clears what an earlier boot of the machine left, where `/run` is not emptied by a reboot. */
export async function clearEarlierBoot(name: string, paths: SandboxPaths): Promise<void> {
  const file = sandboxFiles(paths).boot
  const now = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  const noted = await readFile(file, 'utf8').catch(() => undefined)
  if (noted === now) return
  if (noted !== undefined) await removeLeftovers(name, paths)
  await mkdir(paths.run, {recursive: true, mode: 0o711})
  await writeFile(file, now)
}
