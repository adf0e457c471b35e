import {spawn} from 'node:child_process'
import {connect, type Socket} from 'node:net'
import {Duplex} from 'node:stream'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {internalError} from '../../apiserver/status.ts'
import {readySandbox} from './find.ts'
import type {StreamsOptions} from './streams.ts'

const dialTimeout = 5000

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({host, port, allowHalfOpen: true})
    socket.setTimeout(dialTimeout, () => socket.destroy(new Error('i/o timeout')))
    socket.once('connect', () => {
      socket.setTimeout(0)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

// Runs in the pod's network: joins its own input and output with a connection to the pod's loopback.
const relay = `
const socket = require('node:net').connect({host: '127.0.0.1', port: Number(process.argv[1]), allowHalfOpen: true})
socket.on('error', error => { process.stderr.write(error.message); process.exit(1) })
socket.on('connect', () => { process.stderr.write('+'); process.stdin.pipe(socket); socket.pipe(process.stdout) })
socket.on('end', () => require('node:fs').closeSync(1))
socket.on('close', () => process.exit(0))
`

/** Reaches what listens on the pod's loopback address only. */
function dialInside(pid: number, port: number): Promise<Duplex> {
  const namespace = `--net=/proc/${pid}/ns/net`
  const child = spawn('nsenter', [namespace, '--', process.execPath, '-e', relay, String(port)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {},
  })
  return new Promise((resolve, reject) => {
    let complaint = ''
    child.once('error', reject)
    child.stdin.on('error', () => undefined)
    child.once('exit', () => reject(new Error(complaint || 'connection refused')))
    child.stderr.on('data', (piece: Buffer) => {
      if (piece[0] !== '+'.charCodeAt(0)) complaint += piece.toString('utf8')
      else resolve(joined(child.stdin, child.stdout, () => child.kill('SIGKILL')))
    })
  })
}

function joined(
  writable: NodeJS.WritableStream,
  readable: NodeJS.ReadableStream,
  destroy: () => void,
): Duplex {
  const duplex = Duplex.from({writable, readable})
  duplex.once('close', destroy)
  return duplex
}

/** One TCP connection to a port inside the pod's network, see `PodStreams`. */
export async function connectTo({runtime, pods}: StreamsOptions, pod: Pod, port: number): Promise<Duplex> {
  const sandbox = readySandbox(pods, pod)
  try {
    return await dial(sandbox.ip ?? '127.0.0.1', port)
  } catch (error) {
    const pid = await runtime.sandboxPid(sandbox.id)
    const why = error instanceof Error ? error.message : String(error)
    if (pid === undefined) throw internalError(`error forwarding port ${port} to pod ${sandbox.id}: ${why}`)
    return await dialInside(pid, port).catch(inside => {
      const reason = inside instanceof Error ? inside.message : String(inside)
      throw internalError(`error forwarding port ${port} to pod ${sandbox.id}: ${reason}`)
    })
  }
}
