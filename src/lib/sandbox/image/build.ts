import {mkdir, readdir, readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {failedError} from '../../errors.ts'
import {acquireLock} from '../host/lock.ts'
import {removeFolder} from '../host/mounts.ts'
import {type BusyboxImage, buildBusyboxImage, busyboxImage, pauseImage} from './busybox.ts'
import {LayoutWriter} from './layout.ts'
import {debianMirror} from './mirror.ts'
import {contentHash, imagesFolder, type Recipe, readRecipe} from './recipe.ts'
import {buildRootfs} from './rootfs.ts'

/** An image as a file that containerd can import. */
export interface BuiltImage {
  name: string
  /** An OCI layout as one tar. */
  file: string
  /** Other names that resolve to it. */
  aliases: readonly string[]
}

export interface BuildRequest {
  /** The cache: `SandboxPaths.images`. */
  folder: string
  /** Recipes beside the always present pause and busybox images: `postgres`, `monitoring`. */
  recipes: readonly string[]
  /** A Debian mirror instead of the one that apt uses. */
  mirror?: string
  /** Told what takes its time: never called when everything is cached. */
  progress: (message: string) => void
  signal?: AbortSignal
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = {x64: 'amd64', arm64: 'arm64'}
const lockName = 'images'
const aliasList = Compile(Type.Record(Type.String(), Type.Array(Type.String())))

/** Builds what the cache lacks and returns all wanted images, the small ones first. */
export async function buildImages(request: BuildRequest): Promise<BuiltImage[]> {
  const architecture = architectures[process.arch]
  if (architecture === undefined) {
    throw failedError('SANDBOX_ARCHITECTURE', `the sandbox has no images for ${process.arch} machines`)
  }
  await mkdir(request.folder, {recursive: true, mode: 0o755})
  const aliases = await readAliases()
  const images: BuiltImage[] = []
  for (const image of [pauseImage, busyboxImage]) {
    const file = await smallImage(request, image, architecture)
    images.push({name: image.name, file, aliases: aliases[image.name] ?? []})
  }
  for (const name of request.recipes) {
    const recipe = await readRecipe(name)
    const file = await debianImage(request, recipe, architecture)
    images.push({name: recipe.name, file, aliases: aliases[recipe.name] ?? []})
  }
  return images
}

async function smallImage(request: BuildRequest, image: BusyboxImage, architecture: string): Promise<string> {
  const file = cacheFile(request, image.name, contentHash([image, architecture]))
  if (await exists(file)) return file
  using _lock = await acquireLock(lockName)
  await buildBusyboxImage(image, architecture, file)
  return file
}

async function debianImage(request: BuildRequest, recipe: Recipe, architecture: string): Promise<string> {
  const file = cacheFile(request, recipe.name, contentHash([recipe, architecture]))
  if (await exists(file)) return file
  using _lock = await acquireLock(lockName, () =>
    request.progress('waiting for another process that builds images'),
  )
  if (await exists(file)) return file
  request.progress(`building ${recipe.name} from Debian ${recipe.suite} packages`)
  const stem = fileStem(recipe.name)
  await removeAll(request.folder, name => name.startsWith('build-') || name.startsWith(`${stem}-`))
  const mirror = request.mirror ?? (await debianMirror())
  const writer = new LayoutWriter(file)
  try {
    const {progress, signal} = request
    await buildRootfs(
      {
        recipe,
        architecture,
        mirror,
        scratch: request.folder,
        progress,
        ...(signal === undefined ? {} : {signal}),
      },
      piece => writer.write(piece),
    )
    writer.finish({name: recipe.name, architecture, config: {user: recipe.user.uid, env: recipe.env}})
  } catch (error) {
    writer.discard()
    throw error
  }
  return file
}

/** Removes what a killed build or an older recipe of the same image left. */
async function removeAll(folder: string, chosen: (name: string) => boolean): Promise<void> {
  const names = (await readdir(folder)).filter(chosen)
  await Promise.all(names.map(name => removeFolder(join(folder, name))))
}

/** Other names of built images, by the image's own name. */
export async function readAliases(): Promise<Record<string, readonly string[]>> {
  const value: unknown = JSON.parse(await readFile(new URL('aliases.json', imagesFolder), 'utf8'))
  if (aliasList.Check(value)) return value
  throw failedError('IMAGE_ALIASES_INVALID', 'templates/images/aliases.json is not a map of name lists')
}

function cacheFile(request: BuildRequest, name: string, hash: string): string {
  return join(request.folder, `${fileStem(name)}-${hash}.tar`)
}

function fileStem(name: string): string {
  return name.replace(/^localhost\//, '').replace(/[/:]/g, '-')
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
