import http from 'node:http'
import https from 'node:https'
import {connect} from 'node:net'
import type {Container, ExecAction, HTTPGetAction, Pod, Probe} from 'kubernetes-types/core/v1.d.ts'
import type {Runtime} from '../runtime.ts'

export interface Outcome {
  readonly isHealthy: boolean
  /** What a kubelet would say: `HTTP probe failed with statuscode: 503`. */
  readonly output: string
}

/** Looks once whether a container is well. */
export type Check = (target: Target, probe: Probe) => Promise<Outcome>

export interface Target {
  readonly pod: Pod
  readonly container: Container
  readonly containerId: string
  readonly ip: string
}

const outputLimit = 10 * 1024

const portOf = (port: number | string, container: Container): number =>
  typeof port === 'number'
    ? port
    : (container.ports?.find(each => each.name === port)?.containerPort ?? Number(port))

/** One request of a probe or a hook. Certificates are not verified, redirects not followed. */
export function httpStatus(target: Target, action: HTTPGetAction, timeoutMs: number): Promise<number> {
  const isSecure = action.scheme?.toUpperCase() === 'HTTPS'
  const host = action.host || target.ip
  const headers: [string, string][] = (action.httpHeaders ?? []).map(({name, value}) => [name, value])
  const options = {
    host,
    port: portOf(action.port, target.container),
    path: action.path || '/',
    agent: false,
    headers: {
      'User-Agent': 'kube-probe/1.36',
      Accept: '*/*',
      Connection: 'close',
      ...Object.fromEntries(headers),
    },
    signal: AbortSignal.timeout(timeoutMs),
  }
  return new Promise((resolve, reject) => {
    const answered = (response: http.IncomingMessage) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }
    const request = isSecure
      ? https.get({...options, rejectUnauthorized: false}, answered)
      : http.get(options, answered)
    request.on('error', reject)
  })
}

const because = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function httpCheck(target: Target, action: HTTPGetAction, timeoutMs: number): Promise<Outcome> {
  const path = action.path || '/'
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const url = `${scheme}://${action.host || target.ip}:${portOf(action.port, target.container)}${path}`
  try {
    const status = await httpStatus(target, action, timeoutMs)
    if (status >= 200 && status < 400) return {isHealthy: true, output: ''}
    return {isHealthy: false, output: `HTTP probe failed with statuscode: ${status}`}
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'AbortError'
    const why = isLate
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : because(error)
    return {isHealthy: false, output: `Get "${url}": ${why}`}
  }
}

function tcpCheck(target: Target, port: number | string, timeoutMs: number): Promise<Outcome> {
  const at = {host: target.ip, port: portOf(port, target.container)}
  return new Promise(resolve => {
    const socket = connect(at)
    const done = (isHealthy: boolean, why: string) => {
      socket.destroy()
      resolve({isHealthy, output: isHealthy ? '' : `dial tcp ${at.host}:${at.port}: ${why}`})
    }
    socket.setTimeout(timeoutMs, () => done(false, 'i/o timeout'))
    socket.once('connect', () => done(true, ''))
    socket.once('error', error => done(false, because(error)))
  })
}

async function execCheck(
  runtime: Pick<Runtime, 'execSync'>,
  target: Target,
  action: ExecAction,
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000))
    const answer = await runtime.execSync(target.containerId, action.command ?? [], seconds)
    const output = Buffer.concat([answer.stdout, answer.stderr]).toString('utf8').slice(0, outputLimit)
    return {isHealthy: answer.exit_code === 0, output}
  } catch (error) {
    return {isHealthy: false, output: because(error)}
  }
}

/** The kinds of probe that containers declare. Never throws. */
export const checker =
  (runtime: Pick<Runtime, 'execSync'>): Check =>
  (target, probe) => {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
    if (probe.exec) return execCheck(runtime, target, probe.exec, timeoutMs)
    if (probe.httpGet) return httpCheck(target, probe.httpGet, timeoutMs)
    if (probe.tcpSocket) return tcpCheck(target, probe.tcpSocket.port, timeoutMs)
    if (probe.grpc) return tcpCheck(target, probe.grpc.port, timeoutMs)
    return Promise.resolve({isHealthy: true, output: ''})
  }
