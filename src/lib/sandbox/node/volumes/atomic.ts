import {randomBytes} from 'node:crypto'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import type {Payload} from './payload.ts'

const current = '..data'

/** Folders named like those of a kubelet: the time, and something that is never the same. */
function folderName(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T')
  const digits = randomBytes(4).readUInt32BE(0)
  return `..${date.replaceAll('-', '_')}_${time.slice(0, 8).replaceAll(':', '_')}.${digits}`
}

async function currentFolder(root: string): Promise<string | undefined> {
  try {
    return await readlink(join(root, current))
  } catch {
    return undefined
  }
}

async function holds(folder: string, payload: Payload): Promise<boolean> {
  const found = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  const files = found.filter(entry => entry.isFile())
  if (files.length !== payload.size) return false
  for (const [path, file] of payload) {
    const data = await readFile(join(folder, path)).catch(() => undefined)
    if (!data?.equals(file.data)) return false
  }
  return true
}

/** Group ownership gives reading rights to the group, never more. */
const groupMode = (mode: number, group: number | undefined): number =>
  group === undefined ? mode : mode | 0o440

async function fill(folder: string, payload: Payload, group: number | undefined): Promise<void> {
  await mkdir(folder, {mode: 0o755})
  const folders = new Set([folder])
  for (const [path, file] of payload) {
    const target = join(folder, path)
    for (let at = dirname(target); at !== folder; at = dirname(at)) folders.add(at)
    await mkdir(dirname(target), {recursive: true, mode: 0o755})
    await writeFile(target, file.data)
    await chown(target, file.uid ?? 0, group ?? 0)
    await chmod(target, groupMode(file.mode, group))
  }
  for (const each of folders) await ownFolder(each, group)
}

async function ownFolder(folder: string, group: number | undefined): Promise<void> {
  await chown(folder, 0, group ?? 0)
  await chmod(folder, group === undefined ? 0o755 : 0o2775)
}

/** Top-level names lead through `..data`, so that all of them change at the same moment. */
async function linkNames(root: string, payload: Payload): Promise<void> {
  const names = new Set([...payload.keys()].map(path => path.split('/')[0] ?? path))
  const present = (await readdir(root)).filter(name => !name.startsWith('..'))
  for (const name of names) {
    if (!present.includes(name)) await symlink(join(current, name), join(root, name))
  }
  for (const name of present) if (!names.has(name)) await rm(join(root, name), {recursive: true})
}

/**
 * Makes a folder show exactly these files, all at once: a reader sees the old files or the new ones, never
 * a mixture. Gives whether anything had to change.
 */
export async function writeAtomically(
  root: string,
  payload: Payload,
  group: number | undefined,
  now: Date,
): Promise<boolean> {
  await mkdir(root, {recursive: true})
  const old = await currentFolder(root)
  if (old !== undefined && (await holds(join(root, old), payload))) return false
  const fresh = folderName(now)
  await fill(join(root, fresh), payload, group)
  await ownFolder(root, group)
  const swap = join(root, '..data_tmp')
  await rm(swap, {force: true})
  await symlink(fresh, swap)
  await rename(swap, join(root, current))
  await linkNames(root, payload)
  await removeOthers(root, fresh)
  return true
}

async function removeOthers(root: string, keep: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!/^\.\.\d/.test(name) || name === keep) continue
    if ((await lstat(join(root, name))).isDirectory()) await rm(join(root, name), {recursive: true})
  }
}
