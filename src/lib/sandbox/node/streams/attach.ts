import {once} from 'node:events'
import type {Writable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {WebSocket} from 'ws'
import {internalError} from '../../apiserver/status.ts'
import type {ExecRequest} from '../../ports.ts'
import {containerNamed} from '../containers.ts'
import {detailsOf} from '../cri/channel.ts'
import {runningContainer} from './find.ts'
import type {StreamsOptions} from './streams.ts'

const channels = {stdin: 0, stdout: 1, stderr: 2, resize: 4} as const

function frame(channel: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([channel]), data])
}

async function sendAll(socket: WebSocket, from: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of from) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(frame(channels.stdin, piece))
  }
}

async function sendSizes(socket: WebSocket, sizes: NonNullable<ExecRequest['resize']>): Promise<void> {
  for await (const {width, height} of sizes) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(frame(channels.resize, Buffer.from(JSON.stringify({Width: width, Height: height}))))
  }
}

const settleMilliseconds = 50

/**
 * The end of an input. The runtime's protocol only knows the end of a connection, at which the input of a
 * container with `stdinOnce` is closed: so one more is opened for the input alone, and ended.
 */
async function endInput({runtime}: StreamsOptions, id: string, fed: WebSocket): Promise<void> {
  while (fed.bufferedAmount > 0) await sleep(settleMilliseconds)
  await sleep(settleMilliseconds)
  const {url} = await runtime.attachUrl(id, {stdin: true, stdout: false, stderr: false, tty: false})
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'v4.channel.k8s.io')
  await once(socket, 'open')
  socket.close()
}

/**
 * Connects to a container's first process through the runtime's own streaming server. Resolves with the
 * exit code when the process ends, or undefined when the caller lets go before.
 */
export async function attachTo(
  options: StreamsOptions,
  pod: Pod,
  request: Omit<ExecRequest, 'command'>,
): Promise<number | undefined> {
  const {runtime, pods} = options
  const {stdin, stdout, stderr, tty, resize, signal} = request
  const readsOnce = containerNamed(pod, request.container)?.stdinOnce === true && !tty
  const container = runningContainer(pods, pod, request.container)
  const wanted = {stdin: stdin !== undefined, stdout: stdout !== undefined, tty}
  const {url} = await runtime
    .attachUrl(container.id, {...wanted, stderr: stderr !== undefined && !tty})
    .catch(error => {
      throw internalError(`unable to attach to container: ${detailsOf(error)}`)
    })
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'v4.channel.k8s.io')
  const outputs = new Map<number, Writable | undefined>([
    [channels.stdout, stdout],
    [channels.stderr, stderr],
  ])
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      outputs.get(data[0] ?? -1)?.write(data.subarray(1))
    })
    socket.once('open', () => {
      if (stdin) {
        sendAll(socket, stdin)
          .then(() => (readsOnce ? endInput(options, container.id, socket) : undefined))
          .catch(() => undefined)
      }
      if (resize) sendSizes(socket, resize).catch(() => undefined)
    })
    socket.once('close', () => resolve())
    socket.once('error', reject)
  })
  const letGo = () => socket.terminate()
  signal.addEventListener('abort', letGo, {once: true})
  if (signal.aborted) letGo()
  try {
    await ended
  } catch (error) {
    if (!signal.aborted) throw internalError(`unable to attach to container: ${detailsOf(error)}`)
  } finally {
    signal.removeEventListener('abort', letGo)
  }
  if (signal.aborted) return undefined
  const after = await runtime.container(container.id)
  return after?.state === 'exited' ? after.exitCode : undefined
}
