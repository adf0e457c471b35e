import {readFile, rm} from 'node:fs/promises'
import {failedError} from '../../errors.ts'
import {runAny} from './run.ts'

/** Unmounts everything at and below these folders, the innermost first. */
export async function unmountBelow(folders: readonly string[]): Promise<void> {
  // Busy or already gone with its parent: detaching leaves the rest to the kernel.
  for (const point of (await mountsBelow(folders)).reverse()) await runAny('umount', ['--lazy', point])
}

/**
 * Removes a folder with all that is in it, after it has unmounted what is mounted there. Removing through a
 * mount would reach files that are not the folder's own: of `/proc`, of `/dev`, of somebody's disk.
 */
export async function removeFolder(folder: string): Promise<void> {
  await unmountBelow([folder])
  const [left] = await mountsBelow([folder])
  if (left !== undefined) {
    throw failedError('SANDBOX_MOUNTED', 'a folder cannot be removed, because something is mounted in it', {
      object: left,
      hints: [`umount --lazy ${left}`],
    })
  }
  await rm(folder, {recursive: true, force: true})
}

async function mountsBelow(folders: readonly string[]): Promise<string[]> {
  return mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).filter(point =>
    folders.some(folder => point === folder || point.startsWith(`${folder}/`)),
  )
}

/** The mount points of a `mountinfo`, in the order in which they were mounted. */
export function mountPoints(table: string): string[] {
  return table.split('\n').flatMap(line => {
    const point = line.split(' ')[4]
    return point === undefined ? [] : [unescapePath(point)]
  })
}

/** The kernel writes spaces and the like as octal numbers. */
function unescapePath(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
