import type {Duplex, Readable} from 'node:stream'
import type {ApiRequest} from '../apiserver/http/hooks.ts'
import {asStatus, statusObject} from '../apiserver/http/respond.ts'
import {badRequest} from '../apiserver/status.ts'
import type {ExecRequest} from '../ports.ts'
import {Channel, Channels} from './channels.ts'
import {negotiate, openWebSocket} from './handshake.ts'
import {containerOf, flagOf, podOf, type StreamingBackend} from './target.ts'

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

const success = {metadata: {}, status: 'Success'}

/** How a client learns that a command ran but did not succeed. */
const nonZero = (command: readonly string[], code: number) => ({
  metadata: {},
  status: 'Failure',
  message:
    'command terminated with non-zero exit code: ' +
    `error executing command [${command.join(' ')}], exit code ${code}`,
  reason: 'NonZeroExitCode',
  details: {causes: [{reason: 'ExitCode', message: String(code)}]},
})

const isSize = (value: unknown): value is {Width: number; Height: number} =>
  typeof value === 'object' &&
  value !== null &&
  'Width' in value &&
  'Height' in value &&
  typeof value.Width === 'number' &&
  typeof value.Height === 'number'

function parseSize(text: string): {width: number; height: number} | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isSize(value) ? {width: value.Width, height: value.Height} : undefined
  } catch {
    return undefined
  }
}

/** Terminal sizes as the client sends them: one JSON object a message, with or without a newline. */
async function* sizesFrom(input: Readable): AsyncGenerator<{width: number; height: number}> {
  for await (const piece of input) {
    for (const line of String(piece).split(/(?<=\})/)) {
      const size = parseSize(line)
      if (size) yield size
    }
  }
}

interface Wanted {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

function wantedStreams(request: ApiRequest): Wanted {
  const tty = flagOf(request, 'tty')
  const wanted = {
    stdin: flagOf(request, 'stdin'),
    stdout: flagOf(request, 'stdout'),
    stderr: flagOf(request, 'stderr') && !tty,
    tty,
  }
  if (wanted.stdin || wanted.stdout || wanted.stderr) return wanted
  throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
}

type Run = (streams: Omit<ExecRequest, 'command'>) => Promise<number | undefined>

interface Session {
  readonly request: ApiRequest
  readonly socket: Duplex
  readonly head: Buffer
  readonly container: string
  readonly command: readonly string[]
}

/** Opens the connection, runs, and tells the client how it ended. */
async function converse({request, socket, head, container, command}: Session, run: Run): Promise<void> {
  const wanted = wantedStreams(request)
  const protocol = negotiate(request, protocols)
  const opened = await openWebSocket(request, socket, head, protocol)
  const channels = new Channels(opened)
  const letGo = new AbortController()
  // Without its terminal a process is of no use; others go on when nobody listens any more.
  if (wanted.tty) opened.once('close', () => letGo.abort())
  const stdin = wanted.stdin ? channels.input(Channel.stdin) : undefined
  const resize = wanted.tty ? sizesFrom(channels.input(Channel.resize)) : undefined
  const first = wanted.stdout ? Channel.stdout : wanted.stderr ? Channel.stderr : Channel.error
  // An empty message tells the client that the streams stand.
  channels.sendOn(first, Buffer.alloc(0))
  let status: unknown = success
  try {
    const code = await run({
      container,
      tty: wanted.tty,
      signal: letGo.signal,
      ...(stdin ? {stdin} : {}),
      ...(wanted.stdout ? {stdout: channels.output(Channel.stdout)} : {}),
      ...(wanted.stderr ? {stderr: channels.output(Channel.stderr)} : {}),
      ...(resize ? {resize} : {}),
    })
    if (code !== undefined && code !== 0) status = nonZero(command, code)
  } catch (error) {
    status = statusObject(asStatus(error))
  }
  channels.sendOn(Channel.error, Buffer.from(JSON.stringify(status)))
  channels.close()
}

/** `pods/exec`: a command in a container. */
export async function handleExec(
  backend: StreamingBackend,
  request: ApiRequest,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const pod = podOf(backend, request)
  const command = request.query.getAll('command')
  const container = containerOf(pod, request)
  if (command.length === 0) throw badRequest('you must specify at least one command')
  const {streams} = backend
  await converse({request, socket, head, container, command}, wanted =>
    streams.exec(pod, {...wanted, command}),
  )
}

/** `pods/attach`: a container's own process. */
export async function handleAttach(
  backend: StreamingBackend,
  request: ApiRequest,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const pod = podOf(backend, request)
  const container = containerOf(pod, request)
  const {streams} = backend
  await converse({request, socket, head, container, command: []}, async wanted => {
    await streams.attach(pod, wanted)
    return undefined
  })
}
