import {chmod, mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'

/**
 * Writes a file whole or not at all, by default for root only. One that says the same already is left alone, so that a
 * sandbox comes back on a disk that has no room.
 */
export async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
  await mkdir(dirname(file), {recursive: true, mode: 0o700})
  await writeFile(`${file}.new`, text, {mode})
  await chmod(`${file}.new`, mode)
  await rename(`${file}.new`, file)
}
