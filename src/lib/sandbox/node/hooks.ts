import type {LifecycleHandler} from 'kubernetes-types/core/v1.d.ts'
import type {NodeContext} from './context.ts'
import {httpStatus} from './probes/network.ts'
import type {Target} from './probes/target.ts'

/** A container's hook failed: what it answered. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

/** Runs a `postStart` or `preStop` hook to its end. Throws `HookError`. */
export async function runHook(
  {runtime, clock}: Pick<NodeContext, 'runtime' | 'clock'>,
  target: Target,
  hook: LifecycleHandler,
  timeoutSeconds: number,
): Promise<void> {
  if (hook.exec) {
    const answer = await runtime.execSync(target.containerId, hook.exec.command ?? [], timeoutSeconds)
    if (answer.exit_code === 0) return
    const output = Buffer.concat([answer.stdout, answer.stderr]).toString('utf8')
    throw new HookError(
      `command '${hook.exec.command?.join(' ')}' exited with ${answer.exit_code}: ${output}`,
    )
  }
  if (hook.httpGet) {
    const status = await httpStatus(target, hook.httpGet, timeoutSeconds * 1000)
    if (status < 200 || status >= 400) throw new HookError(`HTTP hook failed with statuscode: ${status}`)
    return
  }
  const seconds = Math.min(hook.sleep?.seconds ?? 0, timeoutSeconds)
  await new Promise<void>(resolve => clock.after(seconds * 1000, resolve))
}
