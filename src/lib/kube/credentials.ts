import {readFileSync} from 'node:fs'
import type {Agent} from 'node:http'
import type {AgentOptions, RequestOptions} from 'node:https'
import type {Cluster, User} from '@kubernetes/client-node/dist/config_types.js'
import {forbiddenError, usageError} from '../errors.ts'
import {http, https} from './node-http.ts'
import {proxyFor} from './proxy.ts'

/** What every request and every socket to the API needs. */
export interface Authenticated {
  agent: Agent
  headers: Record<string, string>
  /** The same TLS settings as the agent's, for clients that bring their own. */
  tls: AgentOptions
}

export interface Credentials {
  get(): Promise<Authenticated>
  /** Forgets a token or certificate that a plugin gave: the API refused it. True if asking again can help. */
  refresh(): boolean
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).trim()

function fileOrData(file: string | undefined, data: string | undefined, what: string): Buffer | undefined {
  if (!file) return data ? Buffer.from(data, 'base64') : undefined
  try {
    return readFileSync(file)
  } catch (cause) {
    throw usageError('KUBECONFIG_INVALID', `the ${what} that the kubeconfig names cannot be read`, {
      object: file,
      reason: reasonOf(cause),
      cause,
    })
  }
}

function tlsOf(cluster: Cluster, user: User): AgentOptions {
  const ca = fileOrData(cluster.caFile, cluster.caData, 'certificate authority')
  const cert = fileOrData(user.certFile, user.certData, 'client certificate')
  const key = fileOrData(user.keyFile, user.keyData, 'client key')
  return {
    ...(ca ? {ca} : {}),
    ...(cert ? {cert} : {}),
    ...(key ? {key} : {}),
    ...(cluster.skipTLSVerify ? {rejectUnauthorized: false} : {}),
    ...(cluster.tlsServerName ? {servername: cluster.tlsServerName} : {}),
  }
}

/** What a credential plugin may want to know about the cluster, as kubectl tells it. */
function pluginEnvironment(cluster: Cluster, user: User): User {
  const exec: unknown = user.exec
  if (typeof exec !== 'object' || exec === null) return user
  const version = 'apiVersion' in exec && typeof exec.apiVersion === 'string' ? exec.apiVersion : undefined
  const given = 'env' in exec && Array.isArray(exec.env) ? exec.env : []
  const tellCluster = 'provideClusterInfo' in exec && exec.provideClusterInfo === true
  const info = {
    apiVersion: version ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(tellCluster
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster.caData ? {'certificate-authority-data': cluster.caData} : {}),
              ...(cluster.skipTLSVerify ? {'insecure-skip-tls-verify': true} : {}),
            },
          }
        : {}),
    },
  }
  const env = [...given, {name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info)}]
  return {...user, exec: {...exec, env}}
}

const isSimple = (cluster: Cluster, user: User): boolean =>
  !cluster.proxyUrl && (!user.authProvider || user.authProvider.name === 'tokenFile')

/** Certificates, tokens and plugins without the whole library, whose import costs more than the request. */
async function simpleOptions(user: User): Promise<RequestOptions> {
  const options: RequestOptions = {headers: {}}
  if (user.exec) {
    const {ExecAuth} = await import('@kubernetes/client-node/dist/exec_auth.js')
    await new ExecAuth().applyAuthentication(user, options)
  } else if (user.authProvider) {
    const {FileAuth} = await import('@kubernetes/client-node/dist/file_auth.js')
    await new FileAuth().applyAuthentication(user, options)
  }
  return options
}

/** Proxies, OpenID Connect and cloud accounts: the library knows them. */
async function fullOptions(cluster: Cluster, user: User): Promise<RequestOptions> {
  const {KubeConfig} = await import('@kubernetes/client-node/dist/config.js')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(cluster, user)
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  return options
}

const fromPlugin = (user: User): boolean => Boolean(user.exec ?? user.authProvider)

async function ask(cluster: Cluster, user: User): Promise<RequestOptions> {
  try {
    return await (isSimple(cluster, user) ? simpleOptions(user) : fullOptions(cluster, user))
  } catch (cause) {
    const command: unknown = user.exec?.command
    throw forbiddenError('CREDENTIALS_FAILED', 'the kubeconfig’s way to log in did not give credentials', {
      object: `user ${user.name}`,
      reason: `${typeof command === 'string' ? `${command}: ` : ''}${reasonOf(cause)}`,
      hints: ['Log in again the way your cluster’s provider documents, then repeat the command.'],
      cause,
    })
  }
}

function authenticated(cluster: Cluster, user: User, options: RequestOptions): Authenticated {
  const tls = tlsOf(cluster, user)
  if (options.cert) tls.cert = options.cert
  if (options.key) tls.key = options.key
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string' && name !== 'Impersonate-User') headers[name] = value
  }
  if (user.token) headers['Authorization'] = `Bearer ${user.token}`
  else if (user.username) {
    headers['Authorization'] =
      `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
  }
  const keep = {keepAlive: true, keepAliveMsecs: 30_000}
  const own = cluster.server.startsWith('http:') ? new http.Agent(keep) : new https.Agent({...keep, ...tls})
  const given = options.agent instanceof http.Agent ? options.agent : undefined
  return {agent: given ?? own, headers, tls}
}

/** A token file is rotated under a running process: read again at least this often. */
const tokenFileMilliseconds = 60_000

export function credentialsFor(cluster: Cluster, user: User, environment: NodeJS.ProcessEnv): Credentials {
  const told = pluginEnvironment(cluster, user)
  const proxy = cluster.proxyUrl ?? proxyFor(new URL(cluster.server), environment)
  const reached: Cluster = proxy ? {...cluster, proxyUrl: proxy} : cluster
  let held: {value: Promise<Authenticated>; since: number} | undefined
  return {
    get() {
      const old = held && user.authProvider && Date.now() - held.since > tokenFileMilliseconds
      if (!held || old) {
        held = {
          value: ask(reached, told).then(options => authenticated(reached, told, options)),
          since: Date.now(),
        }
      }
      return held.value
    },
    refresh() {
      if (!fromPlugin(user)) return false
      held = undefined
      return true
    },
  }
}
