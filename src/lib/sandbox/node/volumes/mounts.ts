import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {promisify} from 'node:util'

const run = promisify(execFile)

const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** Mount points at or below a folder, the innermost first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const points = lines.map(line => unescaped(line.split(' ')[4] ?? ''))
  return points.filter(point => point === folder || point.startsWith(`${folder}/`)).reverse()
}

export async function mountTmpfs(folder: string, bytes: number | undefined): Promise<void> {
  const options = ['mode=0777', ...(bytes === undefined ? [] : [`size=${bytes}`])]
  await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder])
}

export async function unmountBelow(folder: string): Promise<void> {
  for (const point of await mountsBelow(folder)) await run('umount', ['-l', point])
}
