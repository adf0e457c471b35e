import type {Stats} from 'node:fs'
import {chmod, lchown, lstat, readdir} from 'node:fs/promises'
import {join} from 'node:path'

const groupReadWrite = 0o660
const folderBits = 0o2110

const wantedMode = (stats: Stats): number =>
  (stats.mode & 0o7777) | groupReadWrite | (stats.isDirectory() ? folderBits : 0)

async function own(path: string, stats: Stats, group: number): Promise<void> {
  if (stats.gid !== group) await lchown(path, stats.uid, group)
  if (stats.isSymbolicLink()) return
  const mode = wantedMode(stats)
  // A change of owner clears the set-group bit, so the mode is written after it.
  if ((stats.mode & 0o7777) !== mode || stats.gid !== group) await chmod(path, mode)
}

async function walk(path: string, group: number): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  // Another pod on the same volume may remove files meanwhile.
  if (!stats) return
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await walk(join(path, name), group)
  }
  await own(path, stats, group)
}

/**
 * Gives a writable volume to the pod's group: everything in it gets that group and its reading and writing
 * rights, folders hand their group on. `OnRootMismatch` looks at the root alone before it goes through all.
 */
export async function giveToGroup(root: string, group: number, policy: string | undefined): Promise<void> {
  if (policy === 'OnRootMismatch') {
    const stats = await lstat(root)
    if (stats.gid === group && (stats.mode & 0o7777) === wantedMode(stats)) return
  }
  await walk(root, group)
}
