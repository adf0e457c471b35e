import {mkdir, stat, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {HostPathVolumeSource, PersistentVolume} from 'kubernetes-types/core/v1.d.ts'
import {MountError} from './payload.ts'

const kindOf = async (path: string): Promise<'absent' | 'folder' | 'file' | 'socket' | 'other'> => {
  const found = await stat(path).catch(() => undefined)
  if (!found) return 'absent'
  if (found.isDirectory()) return 'folder'
  if (found.isFile()) return 'file'
  return found.isSocket() ? 'socket' : 'other'
}

/** Makes or checks a path of the machine as its type demands. */
export async function prepareHostPath({path, type = ''}: HostPathVolumeSource): Promise<string> {
  const found = await kindOf(path)
  if (type === 'DirectoryOrCreate' && found === 'absent') await mkdir(path, {recursive: true, mode: 0o755})
  if (type === 'FileOrCreate' && found === 'absent') {
    await mkdir(dirname(path), {recursive: true})
    await writeFile(path, '', {mode: 0o644})
  }
  const wanted = {Directory: 'folder', File: 'file', Socket: 'socket'}[type]
  if (wanted && found !== wanted) {
    const noun = wanted === 'folder' ? 'directory' : wanted
    throw new MountError(`hostPath type check failed: ${path} is not a ${noun}`)
  }
  return path
}

/** Where a persistent volume lies on this machine. */
export async function persistentPath(volume: PersistentVolume): Promise<string> {
  const {local, hostPath} = volume.spec ?? {}
  if (hostPath) return prepareHostPath(hostPath)
  if (!local)
    throw new MountError(`persistentvolume "${volume.metadata?.name}" is of a kind that is not supported`)
  if ((await kindOf(local.path)) === 'absent') {
    throw new MountError(`path "${local.path}" does not exist`)
  }
  return local.path
}
