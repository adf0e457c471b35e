import {existsSync} from 'node:fs'
import {chmod, mkdir, open, readdir, rename, rm, rmdir, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import type {VolumeStorage} from '../../controllers/volumes/storage.ts'
import {run, runAny} from '../run.ts'

/** Smaller than this a file system has no room for anything. */
const smallest = 16 * 1024 * 1024
const largest = 8 * 1024 ** 4
const suffix = '.img'

/**
 * Volumes as file systems of their own, each in a sparse file that takes only what is written: a volume is full
 * when its size is used up, whatever room the machine has left.
 */
export const imageStorage = (root: string): VolumeStorage => ({
  async create(volume, bytes) {
    const path = join(root, volume)
    if (!existsSync(imageOf(path))) await makeImage(imageOf(path), sizeFor(bytes))
    if (!(await isMounted(path))) await mountImage(path)
    return path
  },
  async grow(path, bytes) {
    const image = imageOf(path)
    // A volume of the time before volumes had a size.
    if (!existsSync(image) || (await stat(image)).size >= sizeFor(bytes)) return
    const device = await deviceOf(path)
    await resize(image, sizeFor(bytes))
    await run('losetup', ['--set-capacity', device])
    await run('resize2fs', [device])
  },
  async remove(path) {
    if (await isMounted(path)) await run('umount', ['--lazy', path])
    await rm(path, {recursive: true, force: true})
    await rm(imageOf(path), {force: true})
  },
})

/** Mounts the volumes that a stop of the machine or of the sandbox has unmounted. */
export async function mountVolumes(root: string): Promise<void> {
  const names = await readdir(root).catch(() => [])
  for (const name of names.filter(each => each.endsWith(suffix))) {
    const path = join(root, name.slice(0, -suffix.length))
    if (!(await isMounted(path))) await mountImage(path)
  }
}

/** True where this machine can mount a file as a file system. */
export async function canMountImages(root: string): Promise<boolean> {
  await mkdir(root, {recursive: true, mode: 0o755})
  if ((await readdir(root)).some(name => name.endsWith(suffix))) return true
  const probe = join(root, '.probe')
  try {
    await makeImage(imageOf(probe), smallest)
    await mountImage(probe)
    await run('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    await runAny('umount', ['--lazy', probe]).catch(() => undefined)
    await rm(imageOf(probe), {force: true})
    await rmdir(probe).catch(() => undefined)
  }
}

/** True when this directory is a file system of its own. */
export async function isMounted(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all(
    [path, dirname(path)].map(each => stat(each).catch(() => undefined)),
  )
  return own !== undefined && parent !== undefined && own.dev !== parent.dev
}

const imageOf = (path: string): string => `${path}${suffix}`

const sizeFor = (bytes: number): number =>
  Math.ceil(Math.min(largest, Math.max(smallest, bytes)) / 4096) * 4096

async function resize(file: string, bytes: number): Promise<void> {
  await using handle = await open(file, 'a', 0o600)
  await handle.truncate(bytes)
}

async function makeImage(image: string, bytes: number): Promise<void> {
  await mkdir(dirname(image), {recursive: true, mode: 0o755})
  const draft = `${image}.new`
  await rm(draft, {force: true})
  await resize(draft, bytes)
  // No blocks kept for root, and nothing written that nobody reads yet.
  const options = ['-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard']
  await run('mkfs.ext4', ['-q', '-F', ...options, draft])
  await rename(draft, image)
}

async function mountImage(path: string): Promise<void> {
  await mkdir(path, {recursive: true})
  const device = await attach(imageOf(path))
  await run('mount', ['-o', 'noatime,discard,noinit_itable', device, path])
  // A device in use goes when it is unmounted.
  await run('losetup', ['--detach', device])
  // Whoever runs in the pod writes here: fsGroup narrows it where the pod asks for that.
  if (((await stat(path)).mode & 0o7777) === 0o755) await chmod(path, 0o777)
  await rmdir(join(path, 'lost+found')).catch(() => undefined)
}

/** The block device of an image, an existing one where there is one: two would ruin the file system. */
async function attach(image: string): Promise<string> {
  const find = ['--nooverlap', '--find', '--show']
  // Past the machine's page cache: everything once in memory, and half the time for a commit.
  const direct = await runAny('losetup', [...find, '--direct-io=on', image])
  return (direct.code === 0 ? direct.stdout : await run('losetup', [...find, image])).trim()
}

async function deviceOf(path: string): Promise<string> {
  return (await run('findmnt', ['--noheadings', '--output', 'SOURCE', '--mountpoint', path])).trim()
}
