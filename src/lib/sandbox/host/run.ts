import {spawn} from 'node:child_process'
import {failedError} from '../../errors.ts'

/** Programs for root, which an ordinary search path lacks. */
const systemPath = ':/usr/local/sbin:/usr/sbin:/sbin'

export interface RunOptions {
  /** Written to the process's stdin, then ended. */
  input?: string | Uint8Array
  env?: Record<string, string>
  signal?: AbortSignal
  /** Called with each line of stderr as it comes. */
  line?: (text: string) => void
  /** Called with each piece of stdout; stdout is then not kept. */
  data?: (piece: Buffer) => void
}

export interface RunResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end without a shell. Rejects only when it cannot be started. */
export function runAny(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${process.env['PATH'] ?? ''}${systemPath}`,
        LC_ALL: 'C.UTF-8',
        ...options.env,
      },
      ...(options.signal === undefined ? {} : {signal: options.signal}),
    })
    const stdout: Buffer[] = []
    let stderr = ''
    let pending = ''
    child.on('error', reject)
    child.stdout?.on('data', (piece: Buffer) => {
      if (options.data === undefined) stdout.push(piece)
      else options.data(piece)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-64_000)
      const lines = (pending + text).split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines) options.line?.(line)
    })
    child.on('close', (code, signal) => {
      resolve({
        code: code ?? (signal === null ? 1 : 128),
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr,
      })
    })
    // A program that ends before it has read its input is judged by its exit code.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input)
  })
}

/** Runs a program and returns its stdout; any other exit code than 0 throws with the end of its stderr. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await runAny(command, args, options)
  if (result.code === 0) return result.stdout
  throw failedError('SANDBOX_COMMAND_FAILED', `\`${[command, ...args].slice(0, 4).join(' ')}\` failed`, {
    reason: result.stderr.trim().split('\n').slice(-6).join('\n') || `exit code ${result.code}`,
  })
}
