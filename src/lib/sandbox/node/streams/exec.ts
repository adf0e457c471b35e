import {randomUUID} from 'node:crypto'
import {join} from 'node:path'
import type {Readable, Writable} from 'node:stream'
import {finished} from 'node:stream/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {internalError} from '../../apiserver/status.ts'
import type {ExecRequest} from '../../ports.ts'
import {detailsOf} from '../cri/channel.ts'
import type {Runtime} from '../runtime.ts'
import {runningContainer} from './find.ts'
import {Pipes} from './pipes.ts'
import type {StreamsOptions} from './streams.ts'

const sigkill = 9

/** Copies what comes out until it ends, at the reader's pace; a reader that is gone is not waited for. */
async function drain(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (!from) return
  if (!to) {
    from.resume()
    await finished(from).catch(() => undefined)
    return
  }
  from.pipe(to, {end: false})
  const gone = finished(to).catch(() => undefined)
  await Promise.race([finished(from).catch(() => undefined), gone])
  from.resume()
}

/** Feeds a process until its input ends, then tells it so. */
async function feed(from: Readable, to: Writable, ended: () => Promise<void>): Promise<void> {
  from.pipe(to)
  await finished(to, {readable: false}).catch(() => undefined)
  await ended()
}

async function follow(
  sizes: NonNullable<ExecRequest['resize']>,
  apply: (size: {width: number; height: number}) => Promise<void>,
): Promise<void> {
  for await (const size of sizes) await apply(size)
}

interface Process {
  readonly containerId: string
  readonly execId: string
}

async function spawn(runtime: Runtime, process: Process, request: ExecRequest, pipes: Pipes): Promise<void> {
  try {
    await runtime.spawn({...process, command: request.command, tty: request.tty, ...pipes.paths})
  } catch (error) {
    const why = `error executing command in container: failed to exec in container: ${detailsOf(error)}`
    throw internalError(why)
  }
}

/** Runs a command in a running container, see `PodStreams`. */
export async function execIn(
  {runtime, pods, fifos}: StreamsOptions,
  pod: Pod,
  request: ExecRequest,
): Promise<number> {
  const {stdin, stdout, stderr, tty, resize, signal} = request
  const container = runningContainer(pods, pod, request.container)
  signal.throwIfAborted()
  const execId = randomUUID()
  const process = {containerId: container.id, execId}
  const errors = tty ? undefined : stderr
  const pipes = await Pipes.make(join(fifos, execId), [
    ...(stdin ? (['stdin'] as const) : []),
    // The shim wants both outputs, whether somebody reads them or not.
    'stdout',
    ...(tty ? [] : (['stderr'] as const)),
  ])
  const kill = () => {
    runtime.kill(process.containerId, execId, sigkill).catch(() => undefined)
  }
  try {
    const drained = [drain(pipes.output('stdout'), stdout), drain(pipes.output('stderr'), errors)]
    const input = pipes.openInput()
    await spawn(runtime, process, request, pipes)
    pipes.connected()
    signal.addEventListener('abort', kill, {once: true})
    if (signal.aborted) kill()
    if (stdin && input) {
      const close = () => (tty ? Promise.resolve() : runtime.closeStdin(process.containerId, execId))
      feed(stdin, input, close).catch(() => undefined)
    }
    if (resize) {
      follow(resize, size => runtime.resize(process.containerId, execId, size)).catch(() => undefined)
    }
    const code = await runtime.wait(process.containerId, execId)
    await Promise.all(drained)
    return code
  } finally {
    signal.removeEventListener('abort', kill)
    stdin?.unpipe()
    await pipes.close()
    runtime.reap(process.containerId, execId).catch(() => undefined)
  }
}
