import {readFileSync} from 'node:fs'
import {Agent, request} from 'node:https'
import {buffer} from 'node:stream/consumers'
import {KubeConfig} from '@kubernetes/client-node'

/** The sandbox's API server as a client with a connection of its own for each request at a time sees it. */
export interface Api {
  url: string
  agent: Agent
  /** The body of a successful answer; rejects on any other. */
  send(method: string, path: string, body?: object, type?: string): Promise<Buffer>
  /** Calls back with every object of a watch. Resolves once it is open; ends it when called. */
  watch(path: string, seen: (line: string) => void): Promise<() => void>
}

export function connectApi(kubeconfig: string, connections = 8): Api {
  const config = new KubeConfig()
  config.loadFromString(readFileSync(kubeconfig, 'utf8'))
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()]
  const decoded = (text = ''): Buffer => Buffer.from(text, 'base64')
  const credentials = {
    ca: decoded(cluster?.caData),
    cert: decoded(user?.certData),
    key: decoded(user?.keyData),
  }
  const agent = new Agent({...credentials, keepAlive: true, maxSockets: connections})
  const url = cluster?.server ?? ''
  return {
    url,
    agent,
    send: (method, path, body, type = 'application/json') => send(agent, url + path, {method, body, type}),
    watch: (path, seen) => {
      const {promise, resolve, reject} = Promise.withResolvers<() => void>()
      // No agent: a watch has a connection to itself, as other processes' watches have.
      const outgoing = request(url + path, {...credentials, agent: false}, response => {
        let rest = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          const lines = (rest + piece).split('\n')
          rest = lines.pop() ?? ''
          lines.forEach(seen)
        })
        response.on('error', () => undefined)
        resolve(() => void outgoing.destroy())
      })
      outgoing.on('error', reject)
      outgoing.end()
      return promise
    },
  }
}

async function send(
  agent: Agent,
  url: string,
  {method, body, type}: {method: string; body: object | undefined; type: string},
): Promise<Buffer> {
  const {promise, resolve, reject} = Promise.withResolvers<Buffer>()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const length = text === undefined ? {} : {'content-length': Buffer.byteLength(text), 'content-type': type}
  const outgoing = request(url, {agent, method, headers: length}, response => {
    buffer(response).then(answer => {
      if ((response.statusCode ?? 0) < 300) resolve(answer)
      else reject(new Error(`${method} ${url}: ${response.statusCode} ${answer.toString().slice(0, 300)}`))
    }, reject)
  })
  outgoing.on('error', reject)
  outgoing.end(text)
  return promise
}

/** Runs `work` for 0 to `count`, `width` at a time. */
export async function parallel(
  count: number,
  width: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({length: width}, lane))
}
