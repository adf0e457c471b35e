import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {removeCgroup} from './cgroups.ts'
import type {NodeContext} from './context.ts'
import {graceAnnotation} from './labels.ts'
import {removeFolder} from './volumes/volumes.ts'
import type {Holdings} from './worker.ts'

const longestGrace = 30

/** Ends and removes what is left of a pod whose object is gone. */
export async function removeOrphan(context: NodeContext, uid: string, held: Holdings): Promise<void> {
  const {runtime, folders, cgroupRoot} = context
  const [sandbox] = held.sandboxes
  const grace = Math.min(Number(sandbox?.annotations[graceAnnotation] ?? longestGrace), longestGrace)
  const running = held.containers.filter(each => each.state === 'running')
  await Promise.all(running.map(each => runtime.stopContainer(each.id, grace)))
  for (const each of held.sandboxes) {
    await runtime.stopSandbox(each.id)
    await runtime.removeSandbox(each.id)
  }
  await removeFolder(folders.pod(uid))
  await removeCgroup(cgroupRoot, uid)
  const logs = await readdir(folders.allLogs).catch(() => [])
  for (const name of logs) if (name.endsWith(`_${uid}`)) await removeFolder(join(folders.allLogs, name))
}
