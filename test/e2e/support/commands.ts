import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {inject} from 'vitest'

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  seconds: number
}

export interface RunOptions {
  stdin?: string
  env?: Record<string, string>
  /** Kills with SIGKILL when it gives true for a line of stderr; the outcome's code is then null. */
  killOn?: (line: string) => boolean
}

function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const started = performance.now()
  const env = {...process.env, KUBECONFIG: inject('kubeconfig'), NO_COLOR: '1', ...options.env}
  const child = spawn(file, args, {env, stdio: ['pipe', 'pipe', 'pipe']})
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  let line = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
    const lines = (line + chunk).split('\n')
    line = lines.pop() ?? ''
    if (lines.some(text => options.killOn?.(text))) child.kill('SIGKILL')
  })
  // A child that ends without reading closes the pipe under us.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const {promise, resolve, reject} = Promise.withResolvers<Outcome>()
  child.on('error', reject)
  child.on('close', code => {
    resolve({code, stdout, stderr, seconds: (performance.now() - started) / 1000})
  })
  return promise
}

/** The built command, as a script would call it: no terminal. */
export const pgk = (args: readonly string[], options?: RunOptions): Promise<Outcome> =>
  run(process.execPath, ['bin/run.js', ...args], options)

export const kubectl = (args: readonly string[], options?: RunOptions): Promise<Outcome> =>
  run('kubectl', args, options)

/** Fails with everything the command said. */
export async function succeed(outcome: Promise<Outcome>): Promise<Outcome> {
  const result = await outcome
  if (result.code === 0) return result
  throw new Error(`exit ${result.code}\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}`)
}

export async function json(outcome: Promise<Outcome>): Promise<unknown> {
  const {stdout} = await succeed(outcome)
  const value: unknown = JSON.parse(stdout)
  return value
}

/** A fresh namespace that enforces the restricted Pod Security standard. */
export async function createNamespace(prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`
  const labels = {'pod-security.kubernetes.io/enforce': 'restricted'}
  const stdin = JSON.stringify({apiVersion: 'v1', kind: 'Namespace', metadata: {name, labels}})
  await succeed(kubectl(['apply', '-f', '-'], {stdin}))
  return name
}

export async function deleteNamespace(name: string): Promise<void> {
  await succeed(kubectl(['delete', 'namespace', name, '--wait=true', '--timeout=120s']))
}

/** Flags that make a create small and use what the suite was given. */
export function createFlags(): string[] {
  const image = inject('image')
  const storageClass = inject('storageClass')
  return [
    ...(image === '' ? [] : ['--image', image]),
    ...(storageClass === '' ? [] : ['--storage-class', storageClass]),
  ]
}
