import {open, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {notFoundError} from '../../errors.ts'
import type {SandboxPaths} from '../ports.ts'
import {sandboxFiles} from './paths.ts'

export type LogName = 'daemon' | 'containerd'

const lookEvery = 250

export function logFile(paths: SandboxPaths, name: LogName): string {
  return join(sandboxFiles(paths).logs, `${name}.log`)
}

/** The last lines of a log, and the length of the file that they end. */
export async function lastOfLog(file: string, lines: number): Promise<{text: string; end: number}> {
  const whole = await readFile(file).catch((cause: unknown) => {
    throw notFoundError('SANDBOX_NO_LOG', 'this sandbox has no such log', {
      object: file,
      hints: ['pgk sandbox up'],
      cause,
    })
  })
  const all = whole.toString('utf8').split(/(?<=\n)/)
  return {text: lines === 0 ? '' : all.slice(-lines).join(''), end: whole.length}
}

/** What is appended to a log from this place on, until the signal aborts. */
export async function* followLog(file: string, from: number, signal: AbortSignal): AsyncGenerator<string> {
  const handle = await open(file)
  const buffer = Buffer.alloc(64 * 1024)
  try {
    for (let position = from; !signal.aborted; ) {
      const {bytesRead} = await handle.read(buffer, 0, buffer.length, position)
      position += bytesRead
      if (bytesRead > 0) yield buffer.toString('utf8', 0, bytesRead)
      else await sleep(lookEvery, undefined, {signal}).catch(() => undefined)
    }
  } finally {
    await handle.close()
  }
}
