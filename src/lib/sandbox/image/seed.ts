import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {glob, mkdir, readdir, rename} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {containerdPlaces, ensureContainerd, stopContainerd} from '../host/containerd/containerd.ts'
import {acquireLock} from '../host/lock.ts'
import {removeFolder} from '../host/mounts.ts'
import {run, runAny} from '../host/run.ts'
import type {SandboxPaths} from '../ports.ts'
import type {BuiltImage} from './build.ts'
import {importedFiles, importImages} from './import.ts'

const prefix = 'seed-'

export interface SeedRequest {
  /** The new sandbox, whose containerd has never run. */
  paths: SandboxPaths
  images: readonly BuiltImage[]
  /** Folder of the CNI plugins. */
  plugins: string
  pauseImage: string
  progress: (message: string) => void
}

/**
 * Gives a new sandbox the root of a containerd that has imported and unpacked the images once and for all.
 * Its files are linked, not copied: containers never write to the files of an image.
 */
export async function plantSeed(request: SeedRequest): Promise<void> {
  const {paths, images} = request
  const target = containerdPlaces(paths).root
  if (existsSync(target)) return
  using _lock = await acquireLock('seed', () =>
    request.progress('waiting for another sandbox that unpacks images'),
  )
  const seed = join(paths.images, `${prefix}${seedHash(images)}`)
  if (!existsSync(seed)) await growSeed(request, seed)
  await mkdir(dirname(target), {recursive: true, mode: 0o711})
  await linkTree(containerdPlaces({...paths, root: seed}).root, target)
}

function seedHash(images: readonly BuiltImage[]): string {
  const text = JSON.stringify(images.map(({file, aliases}) => [basename(file), aliases]))
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** Imports the images with a containerd of its own, which then ends: only then its databases are whole. */
async function growSeed(request: SeedRequest, seed: string): Promise<void> {
  const {images, progress, plugins, pauseImage} = request
  await removeStaleSeeds(dirname(seed))
  const growing = `${seed}.new`
  const paths: SandboxPaths = {root: growing, run: '/run/pgk/seed', images: request.paths.images}
  await mkdir(growing, {recursive: true, mode: 0o711})
  try {
    await ensureContainerd({paths, networks: join(growing, 'cni'), plugins, pauseImage})
    await importImages(containerdPlaces(paths), images, progress)
  } finally {
    await stopContainerd(paths)
    await removeFolder(paths.run)
  }
  await rename(growing, seed)
}

/** Removes what a killed `up` left half-grown, and seeds of images that have been built anew since. */
async function removeStaleSeeds(folder: string): Promise<void> {
  const present = await readdir(folder)
  for (const name of present.filter(each => each.startsWith(prefix))) {
    const noted = await importedFiles(containerdPlaces({root: join(folder, name), run: '', images: folder}))
    const isCurrent = noted.length > 0 && noted.every(file => present.includes(file))
    if (!isCurrent || name.endsWith('.new')) await removeFolder(join(folder, name))
  }
}

/** A copy whose files are the same files, except for the databases, which are written to. */
async function linkTree(from: string, to: string): Promise<void> {
  const unfinished = `${to}.new`
  await removeFolder(unfinished)
  const linked = await runAny('cp', ['--archive', '--link', from, unfinished])
  if (linked.code !== 0) {
    // Another file system.
    await removeFolder(unfinished)
    await run('cp', ['--archive', from, unfinished])
  }
  for await (const file of glob('io.containerd.*/*.db', {cwd: from})) {
    await run('cp', ['--remove-destination', join(from, file), join(unfinished, file)])
  }
  await rename(unfinished, to)
}
