import {watch} from 'node:fs'
import {type FileHandle, open} from 'node:fs/promises'
import {join} from 'node:path'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {LogRequest} from '../../ports.ts'
import {StatusError} from '../../registry.ts'
import type {ContainerRecord} from '../runtime.ts'
import {logPath, logsOf} from '../sandbox-config.ts'
import {restartCountOf} from '../status/containers.ts'
import {containersOf} from './find.ts'
import {LineSplitter, LogRenderer, parseEntry} from './log-lines.ts'
import type {StreamsOptions} from './streams.ts'

const pieceSize = 64 * 1024
const newline = 0x0a
const lookAgain = 250

const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

function choose(options: StreamsOptions, pod: Pod, {container, previous}: LogRequest): ContainerRecord {
  const [latest, before] = containersOf(options.pods, pod, container)
  const name = pod.metadata?.name
  if (previous) {
    if (before) return before
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
  }
  if (latest && latest.startedAt !== undefined) return latest
  if (before) return before
  throw badRequest(
    `container "${container}" in pod "${name}" is waiting to start: ${whyWaiting(pod, container)}`,
  )
}

function whyWaiting(pod: Pod, container: string): string {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const reason = statuses.find(each => each.name === container)?.state?.waiting?.reason
  if (reason === 'ErrImagePull') return "image can't be pulled"
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image'
  return reason ?? 'ContainerCreating'
}

/** Where the last so many lines begin. */
async function startOfTail(file: FileHandle, lines: number): Promise<number> {
  let end = (await file.stat()).size
  if (lines <= 0) return end
  let missing = lines + 1
  const piece = Buffer.alloc(pieceSize)
  while (end > 0) {
    const start = Math.max(0, end - pieceSize)
    const {bytesRead} = await file.read(piece, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (piece[at] !== newline) continue
      missing -= 1
      if (missing === 0) return start + at + 1
    }
    end = start
  }
  return 0
}

/** Resolves when the file changes, after a while, or when the signal aborts. */
class Changes {
  private readonly watcher
  private notify: () => void = () => undefined
  private hasChanged = false

  constructor(path: string) {
    this.watcher = watch(path, () => {
      this.hasChanged = true
      this.notify()
    })
    this.watcher.on('error', () => undefined)
  }

  async next(signal: AbortSignal): Promise<void> {
    if (this.hasChanged || signal.aborted) {
      this.hasChanged = false
      return
    }
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, lookAgain)
      this.notify = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', this.notify, {once: true})
    })
    signal.removeEventListener('abort', this.notify)
    this.hasChanged = false
  }

  close(): void {
    this.watcher.close()
  }
}

interface Source {
  readonly path: string
  /** Whether the container still writes. */
  isOpen(): boolean
}

async function* readPieces(source: Source, file: FileHandle, from: number, request: LogRequest) {
  const changes = request.follow ? new Changes(source.path) : undefined
  let at = from
  try {
    for (;;) {
      const isLast = !source.isOpen()
      const piece = Buffer.alloc(pieceSize)
      const {bytesRead} = await file.read(piece, 0, pieceSize, at)
      at += bytesRead
      if (bytesRead > 0) yield piece.subarray(0, bytesRead)
      else if (!changes || isLast || request.signal.aborted) return
      else await changes.next(request.signal)
    }
  } finally {
    changes?.close()
  }
}

function since({sinceSeconds, sinceTime}: LogRequest, now: Date): number | undefined {
  if (sinceTime) return sinceTime.getTime()
  return sinceSeconds === undefined ? undefined : now.getTime() - sinceSeconds * 1000
}

/** Checks the request, then gives the log lines; failures throw before the first line. See `PodStreams`. */
export async function* readyToLog(
  options: StreamsOptions,
  pod: Pod,
  request: LogRequest,
): AsyncGenerator<Buffer> {
  const record = choose(options, pod, request)
  const path = join(logsOf(options.folders, pod), logPath(record.name, restartCountOf(record)))
  const file = await open(path, 'r').catch(error => {
    const why = error instanceof Error ? error.message : String(error)
    throw new StatusError(500, 'InternalError', `failed to open the log of ${record.name}: ${why}`)
  })
  const isOpen = () => {
    const now = containersOf(options.pods, pod, record.name).find(each => each.id === record.id)
    return now?.state === 'running'
  }
  const from = since(request, options.clock.now())
  const renderer = new LogRenderer({
    timestamps: request.timestamps,
    ...(from === undefined ? {} : {since: from}),
  })
  const splitter = new LineSplitter()
  let left = request.limitBytes ?? Number.POSITIVE_INFINITY
  try {
    const start = request.tailLines === undefined ? 0 : await startOfTail(file, request.tailLines)
    for await (const piece of readPieces({path, isOpen}, file, start, request)) {
      const lines = splitter.push(piece).map(parseEntry)
      const rendered = lines.map(entry => entry && renderer.render(entry)).filter(each => each !== undefined)
      const text = Buffer.concat(rendered)
      if (text.length > 0) yield text.subarray(0, Math.min(left, text.length))
      left -= text.length
      if (left <= 0) return
    }
  } finally {
    await file.close()
  }
}
