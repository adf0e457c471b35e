import {chmod, mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'

/** Where the bytes of provisioned volumes live. */
export interface VolumeStorage {
  /** Makes the empty directory of a new volume of this many bytes and gives its path. Does nothing when it exists. */
  create(volume: string, bytes: number): Promise<string>
  /** Gives a volume more room while it is in use. Absent where volumes have no size. */
  grow?(path: string, bytes: number): Promise<void>
  /** Deletes the directory with all it holds. Does nothing when it is gone. */
  remove(path: string): Promise<void>
}

/** Volumes as plain directories below a root, one each, named like the volume. They share the machine's disk. */
export const directoryStorage = (root: string): VolumeStorage => ({
  create: async volume => {
    const path = join(root, volume)
    await mkdir(path, {recursive: true})
    // Whoever runs in the pod writes here: fsGroup narrows it where the pod asks for that.
    await chmod(path, 0o777)
    return path
  },
  remove: path => rm(path, {recursive: true, force: true}),
})
