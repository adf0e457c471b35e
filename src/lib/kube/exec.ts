import {Readable} from 'node:stream'
import {failedError, PgkError, timedOutError} from '../errors.ts'
import type {ExecOptions, ExecResult, Kube} from '../ports.ts'
import type {Api} from './api.ts'
import {Channel, type ChannelHandlers, type ChannelRequest, runChannel} from './exec-channel.ts'

const inputChunkBytes = 64 * 1024
const restartAttempts = 5

type Attached = Parameters<Kube['execAttached']>[0]

function channelRequest(
  options: Omit<ExecOptions, 'stdin'>,
  streams: {stdin: boolean; stderr: boolean; tty: boolean},
): ChannelRequest {
  const {namespace, pod, container, command, signal} = options
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`,
    query: [
      ['container', container],
      ['stdin', String(streams.stdin)],
      ['stdout', 'true'],
      ['stderr', String(streams.stderr)],
      ['tty', String(streams.tty)],
      ...command.map((part): [string, string] => ['command', part]),
    ],
    asked: {verb: 'exec into', object: `container ${namespace}/${pod}/${container}`},
    ...(signal ? {signal} : {}),
  }
}

/** Sends a stream as input and ends it. A process that ends before its input is no failure of the input. */
async function pump(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  send: (channel: number, data: Uint8Array) => Promise<void>,
  canEnd: boolean,
): Promise<void> {
  try {
    for await (const chunk of source) {
      await send(
        Channel.stdin,
        typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(asBytes(chunk)),
      )
    }
    if (canEnd) await send(Channel.close, Uint8Array.of(Channel.stdin))
  } catch {
    // The socket is gone; its own error or the command's exit code tells why.
  }
}

const asBytes = (chunk: unknown): Uint8Array =>
  chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))

/** A container that is just being restarted cannot be entered yet: nothing ran, so asking again is safe. */
const isRestarting = (error: unknown): boolean =>
  error instanceof PgkError &&
  /container not found|unable to upgrade connection|container is not created or running|is not running/.test(
    error.reason ?? '',
  )

async function oneExec(api: Api, options: ExecOptions): Promise<ExecResult> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  const {stdin} = options
  const handlers: ChannelHandlers = {
    stdout: chunk => void out.push(chunk),
    stderr: chunk => void err.push(chunk),
    opened: (send, canEnd) => {
      if (stdin !== undefined) void pump(chunks(stdin), send, canEnd)
    },
  }
  const request = channelRequest(options, {stdin: stdin !== undefined, stderr: true, tty: false})
  const exitCode = await runChannel(api.connection, request, handlers)
  return {exitCode, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8')}
}

function* chunks(input: string): Generator<Uint8Array> {
  const bytes = Buffer.from(input, 'utf8')
  for (let at = 0; at < bytes.length; at += inputChunkBytes) yield bytes.subarray(at, at + inputChunkBytes)
}

/** Runs a command and collects its output. See `Kube.exec`. */
export async function exec(api: Api, options: ExecOptions): Promise<ExecResult> {
  const deadline =
    options.timeoutSeconds === undefined ? undefined : AbortSignal.timeout(options.timeoutSeconds * 1000)
  const signals = [deadline, options.signal].filter(signal => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  const limited = {...options, ...(signal ? {signal} : {})}
  for (let attempt = 1; ; attempt++) {
    try {
      return await oneExec(api, limited)
    } catch (error) {
      if (deadline?.aborted) {
        throw timedOutError('EXEC_TIMEOUT', 'a command in a container did not end in time', {
          object: `container ${options.namespace}/${options.pod}/${options.container}`,
          reason: `${options.command[0]} ran longer than ${options.timeoutSeconds} s`,
          cause: error,
        })
      }
      if (!isRestarting(error)) throw error
      if (attempt >= restartAttempts) {
        throw failedError('EXEC_UNAVAILABLE', 'the container cannot be entered', {
          object: `container ${options.namespace}/${options.pod}/${options.container}`,
          ...(error instanceof PgkError && error.reason !== undefined ? {reason: error.reason} : {}),
          cause: error,
        })
      }
      await api.clock.sleep(300 * attempt, signal)
    }
  }
}

const drained = (stream: NodeJS.WriteStream, chunk: Buffer): Promise<void> | undefined =>
  stream.write(chunk) ? undefined : new Promise(resolve => stream.once('drain', () => resolve()))

/** Hands the terminal or the pipes of this process to a command. See `Kube.execAttached`. */
export async function execAttached(api: Api, options: Attached): Promise<number> {
  const {stdin, stdout, stderr} = process
  const raw = options.tty && stdin.isTTY
  let announce: (() => void) | undefined
  const handlers: ChannelHandlers = {
    stdout: chunk => drained(stdout, chunk),
    stderr: chunk => drained(stderr, chunk),
    opened: (send, canEnd) => {
      if (raw) stdin.setRawMode(true)
      if (options.tty && stdout.isTTY) {
        announce = () => {
          const size = JSON.stringify({Width: stdout.columns, Height: stdout.rows})
          send(Channel.resize, Buffer.from(size)).catch(() => undefined)
        }
        announce()
        stdout.on('resize', announce)
      }
      void pump(Readable.from(stdin, {objectMode: false}), send, canEnd)
    },
  }
  try {
    const streams = {stdin: true, stderr: !options.tty, tty: options.tty}
    return await runChannel(api.connection, channelRequest(options, streams), handlers)
  } finally {
    if (announce) stdout.off('resize', announce)
    if (raw) stdin.setRawMode(false)
    // Whatever kind of stream it is, nothing reads it any more and it must not keep the process.
    stdin.destroy()
  }
}
