import {existsSync} from 'node:fs'
import {readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {failedError} from '../../errors.ts'
import type {SandboxPaths} from '../ports.ts'
import {type Fault, faultList} from './fault.ts'

export const faultFile = (paths: SandboxPaths): string => join(paths.root, 'faults.json')
/** Where the daemon takes requests for faults. */
export const faultSocket = (paths: SandboxPaths): string => join(paths.run, 'faults.sock')

/** The faults that are in force, as noted in the sandbox's state. */
export async function readFaults(paths: SandboxPaths): Promise<Fault[]> {
  const file = faultFile(paths)
  if (!existsSync(file)) return []
  const value: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (faultList.Check(value)) return value
  throw failedError('SANDBOX_FAULTS', 'the list of faults cannot be read', {
    object: file,
    hints: ['Bring the sandbox down and up again, which ends all faults.'],
  })
}

/** Notes them so that they outlive the daemon; a list that is half written never counts. */
export async function writeFaults(paths: SandboxPaths, faults: readonly Fault[]): Promise<void> {
  const file = faultFile(paths)
  if (faults.length === 0) {
    await rm(file, {force: true})
    return
  }
  await writeFile(`${file}.new`, JSON.stringify(faults), {mode: 0o600})
  await rename(`${file}.new`, file)
}
