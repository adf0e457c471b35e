import {readFile, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {run} from '../host/run.ts'
import type {BuiltImage} from './build.ts'

/** A containerd to import into: its socket, and its root, where it is noted what was imported. */
export interface ImageStore {
  socket: string
  root: string
}

const noteShape = Compile(Type.Record(Type.String(), Type.String()))

/** Names of the images that containerd has, without the digests that it lists too. */
export async function presentImages(store: ImageStore): Promise<string[]> {
  const names = await ctrImages(store, ['list', '--quiet'])
  return names.split('\n').filter(name => name !== '' && !name.startsWith('sha256:'))
}

/**
 * Imports what containerd lacks or has from another file, and tags the aliases.
 * Returns the names that were imported.
 */
export async function importImages(
  store: ImageStore,
  images: readonly BuiltImage[],
  progress: (message: string) => void,
): Promise<string[]> {
  const present = new Set(await presentImages(store))
  const noted = await readNote(store)
  const isCurrent = (image: BuiltImage) =>
    present.has(image.name) && noted[image.name] === basename(image.file)
  const missing = images.filter(image => !isCurrent(image))
  for (const image of missing) {
    progress(`unpacking ${image.name}`)
    await ctrImages(store, ['import', image.file])
  }
  for (const image of images) {
    const untagged = image.aliases.filter(alias => missing.includes(image) || !present.has(alias))
    if (untagged.length > 0) await ctrImages(store, ['tag', '--force', image.name, ...untagged])
  }
  if (missing.length > 0) {
    const added = Object.fromEntries(missing.map(image => [image.name, basename(image.file)]))
    await writeFile(noteFile(store), JSON.stringify({...noted, ...added}))
  }
  return missing.map(image => image.name)
}

/** The files that were imported, without their folder. */
export async function importedFiles(store: ImageStore): Promise<string[]> {
  return Object.values(await readNote(store))
}

async function readNote(store: ImageStore): Promise<Record<string, string>> {
  const text = await readFile(noteFile(store), 'utf8').catch(() => '{}')
  const value: unknown = JSON.parse(text)
  return noteShape.Check(value) ? value : {}
}

function noteFile(store: ImageStore): string {
  return join(store.root, 'imported.json')
}

function ctrImages(store: ImageStore, args: readonly string[]): Promise<string> {
  return run('ctr', ['--address', store.socket, '--namespace', 'k8s.io', 'images', ...args])
}
