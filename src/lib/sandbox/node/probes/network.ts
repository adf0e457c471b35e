import http from 'node:http'
import https from 'node:https'
import {connect} from 'node:net'
import type {HTTPGetAction} from 'kubernetes-types/core/v1.d.ts'
import type {Outcome, Target} from './target.ts'
import {portOf} from './target.ts'

// How Go words what the operating system answers.
const words: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  ENOTFOUND: 'no such host',
}

export function explain(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNRESET') return 'read: connection reset by peer'
  const word = words[code]
  if (word !== undefined) return `dial tcp ${address}: ${word}`
  return error instanceof Error ? error.message : String(error)
}

/** One request of a probe or a hook. Certificates are not verified, redirects not followed. */
export function httpStatus(target: Target, action: HTTPGetAction, timeoutMs: number): Promise<number> {
  const isSecure = action.scheme?.toUpperCase() === 'HTTPS'
  const headers = (action.httpHeaders ?? []).map(({name, value}): [string, string] => [name, value])
  const options = {
    host: action.host || target.ip,
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

export async function httpCheck(target: Target, action: HTTPGetAction, timeoutMs: number): Promise<Outcome> {
  const path = action.path || '/'
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const address = `${action.host || target.ip}:${portOf(action.port, target.container)}`
  try {
    const status = await httpStatus(target, action, timeoutMs)
    if (status >= 200 && status < 400) return {isHealthy: true, output: ''}
    return {isHealthy: false, output: `HTTP probe failed with statuscode: ${status}`}
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'AbortError'
    const why = isLate
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : explain(error, address)
    return {isHealthy: false, output: `Get "${scheme}://${address}${path}": ${why}`}
  }
}

export function tcpCheck(target: Target, port: number | string, timeoutMs: number): Promise<Outcome> {
  const at = {host: target.ip, port: portOf(port, target.container)}
  const address = `${at.host}:${at.port}`
  return new Promise(resolve => {
    const socket = connect(at)
    const done = (isHealthy: boolean, output: string) => {
      socket.destroy()
      resolve({isHealthy, output})
    }
    socket.setTimeout(timeoutMs, () => done(false, `dial tcp ${address}: i/o timeout`))
    socket.once('connect', () => done(true, ''))
    socket.once('error', error => done(false, explain(error, address)))
  })
}
