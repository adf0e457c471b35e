import {rm, stat, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {refusedError} from '../../errors.ts'
import {runAny} from '../host/run.ts'
import {isMounted} from '../host/volumes/images.ts'

const filler = '.sandbox-fault'
/** Less than this cannot be given to a file. */
const smallest = 4096

/** Uses up all that is left of a volume, really; gives the file that does. Filling what is full does nothing. */
export async function fillVolume(path: string): Promise<void> {
  if (!(await isMounted(path))) {
    throw refusedError(
      'SANDBOX_VOLUME_UNLIMITED',
      'this volume has no size of its own, so that it cannot be full',
      {
        object: path,
        reason: 'it is a directory on the machine’s disk: without loop devices there is nothing else',
        hints: ['Load the kernel’s loop module (modprobe loop), then make the volume anew.'],
      },
    )
  }
  let free = await freeBytes(path)
  for (let piece = free; piece >= smallest; free = await freeBytes(path)) {
    if (free < smallest) return
    piece = Math.min(piece, free)
    const {code} = await runAny('fallocate', [
      '--offset',
      String(await sizeOf(path)),
      '--length',
      String(piece),
      join(path, filler),
    ])
    if (code !== 0) piece = Math.floor(piece / 2 / smallest) * smallest
  }
}

/** Gives the room back. */
export const emptyVolume = (path: string): Promise<void> => rm(join(path, filler), {force: true})

async function freeBytes(path: string): Promise<number> {
  const {bavail, bsize} = await statfs(path)
  return bavail * bsize
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(join(path, filler)).catch(() => undefined)
  return found?.size ?? 0
}
