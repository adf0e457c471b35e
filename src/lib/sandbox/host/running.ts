import {refusedError} from '../../errors.ts'
import type {SandboxPaths} from '../ports.ts'
import {runningDaemon} from './down.ts'

/** Refuses where a command needs a sandbox that runs. */
export async function requireRunning(name: string, paths: SandboxPaths): Promise<void> {
  if ((await runningDaemon(name, paths)) !== undefined) return
  throw refusedError('SANDBOX_NOT_RUNNING', `the sandbox ${name} does not run`, {
    hints: [name === 'default' ? 'pgk sandbox up' : `pgk sandbox up --name ${name}`],
  })
}
