import {failedError} from '../errors.ts'
import type {ExecResult, ObjectRef} from '../ports.ts'
import {scriptCommand, scriptComplaints} from '../postgres/sql-session.ts'
import type {ActPorts} from './act.ts'

const database = 'database'

/** Runs a command in a pod; in the `database` container unless told otherwise. */
export async function execIn(
  ports: ActPorts,
  pod: string,
  command: string[],
  extra: {stdin?: string; timeoutSeconds?: number; container?: string} = {},
): Promise<ExecResult> {
  return ports.kube.exec({
    namespace: ports.namespace,
    pod,
    container: extra.container ?? database,
    command,
    timeoutSeconds: extra.timeoutSeconds ?? 30,
    ...(extra.stdin === undefined ? {} : {stdin: extra.stdin}),
  })
}

/** The last lines a tool wrote, for the reason of an error. Not for psql, which prints what it was given. */
export const lastWords = (result: ExecResult): string =>
  `${result.stderr}\n${result.stdout}`
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .slice(-3)
    .join(' / ')

/** Throws `ACTION_FAILED`, which is worth another try. */
export function mustSucceed(result: ExecResult, what: string, pod: string): void {
  if (result.exitCode === 0) return
  throw failedError('ACTION_FAILED', `${what} failed with exit code ${result.exitCode}`, {
    object: `pod ${pod}`,
    reason: lastWords(result),
  })
}

/** Runs an SQL script, which may hold secrets: it travels on stdin, and an error tells none of its text. */
export async function runScript(
  ports: ActPorts,
  pod: string,
  {what, script, timeoutSeconds}: {what: string; script: string; timeoutSeconds: number},
): Promise<void> {
  const result = await execIn(ports, pod, scriptCommand, {stdin: script, timeoutSeconds})
  if (result.exitCode === 0) return
  throw failedError('ACTION_FAILED', `${what} failed with exit code ${result.exitCode}`, {
    object: `pod ${pod}`,
    reason: scriptComplaints(result.stderr, script),
  })
}

export const podRef = (ports: Pick<ActPorts, 'namespace'>, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name,
  namespace: ports.namespace,
})
