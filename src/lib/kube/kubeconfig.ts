import {readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js'
import {usageError} from '../errors.ts'
import {isRecord} from '../record.ts'

export interface KubeConfigContent {
  clusters: Cluster[]
  contexts: Context[]
  users: User[]
  currentContext: string | undefined
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const absolute = (folder: string, file: string | undefined): string | undefined =>
  file === undefined || file === '' || path.isAbsolute(file) ? file : path.join(folder, file)

/** What the library leaves out: `tokenFile`, and a plugin's command relative to the file that names it. */
function completeUser(user: User, raw: unknown, folder: string): User {
  const certFile = absolute(folder, user.certFile)
  const keyFile = absolute(folder, user.keyFile)
  const completed: User = {
    ...user,
    ...(certFile === undefined ? {} : {certFile}),
    ...(keyFile === undefined ? {} : {keyFile}),
  }
  if (!isRecord(raw)) return completed
  const tokenFile = absolute(folder, textOf(raw['tokenFile']))
  if (tokenFile) return {...completed, authProvider: {name: 'tokenFile', config: {tokenFile}}}
  const exec = raw['exec']
  const command = isRecord(exec) ? textOf(exec['command']) : undefined
  if (!isRecord(exec) || command === undefined || !command.includes(path.sep)) return completed
  return {...completed, exec: {...exec, command: absolute(folder, command)}}
}

async function parseFile(file: string): Promise<KubeConfigContent> {
  // The library's own YAML parser: a kubeconfig is read by every command, and `yaml` takes 15 ms longer.
  const {load} = await import('js-yaml')
  let content: unknown
  try {
    content = load(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw usageError('KUBECONFIG_UNREADABLE', 'the kubeconfig cannot be read', {
      object: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
  if (!isRecord(content)) {
    throw usageError('KUBECONFIG_UNREADABLE', 'the kubeconfig holds no configuration', {object: file})
  }
  return complete(content, file)
}

function complete(content: Record<string, unknown>, file: string): KubeConfigContent {
  const folder = path.dirname(path.resolve(file))
  const rawUsers = new Map<unknown, unknown>()
  for (const entry of Array.isArray(content['users']) ? content['users'] : []) {
    if (isRecord(entry)) rawUsers.set(entry['name'], entry['user'])
  }
  try {
    return {
      clusters: newClusters(content['clusters']).map(cluster => {
        const caFile = absolute(folder, cluster.caFile)
        return caFile === undefined ? cluster : {...cluster, caFile}
      }),
      contexts: newContexts(content['contexts']),
      users: newUsers(content['users']).map(user => completeUser(user, rawUsers.get(user.name), folder)),
      currentContext: textOf(content['current-context']) || undefined,
    }
  } catch (cause) {
    throw usageError('KUBECONFIG_INVALID', 'the kubeconfig is not valid', {
      object: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && isRecord(error.cause) && error.cause['code'] === 'ENOENT'

const addNew = <T extends {name: string}>(into: T[], more: readonly T[]): void => {
  for (const item of more) if (!into.some(known => known.name === item.name)) into.push(item)
}

/** Merges as kubectl does: the first file to name a thing wins, a file that is not there is passed over. */
export async function loadKubeconfigs(files: readonly string[]): Promise<KubeConfigContent | undefined> {
  const merged: KubeConfigContent = {clusters: [], contexts: [], users: [], currentContext: undefined}
  let found = false
  for (const file of files) {
    let content: KubeConfigContent
    try {
      content = await parseFile(file)
    } catch (error) {
      if (isMissing(error)) continue
      throw error
    }
    found = true
    addNew(merged.clusters, content.clusters)
    addNew(merged.contexts, content.contexts)
    addNew(merged.users, content.users)
    merged.currentContext ??= content.currentContext
  }
  return found ? merged : undefined
}

/** The files that kubectl would read: `KUBECONFIG` as a list, else the one in the home directory. */
export function defaultKubeconfigs(environment: NodeJS.ProcessEnv): string[] {
  const named = (environment['KUBECONFIG'] ?? '').split(path.delimiter).filter(file => file !== '')
  return named.length > 0 ? named : [path.join(environment['HOME'] ?? homedir(), '.kube', 'config')]
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The configuration of a process that runs in a pod, when this one does. */
export function inClusterConfig(environment: NodeJS.ProcessEnv): KubeConfigContent | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST']
  const port = environment['KUBERNETES_SERVICE_PORT']
  if (!host || !port) return undefined
  let namespace: string
  try {
    namespace = readFileSync(`${serviceAccount}/namespace`, 'utf8').trim()
    readFileSync(`${serviceAccount}/token`)
  } catch {
    return undefined
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  const name = 'in-cluster'
  return {
    clusters: [{name, server, caFile: `${serviceAccount}/ca.crt`, skipTLSVerify: false}],
    users: [{name, authProvider: {name: 'tokenFile', config: {tokenFile: `${serviceAccount}/token`}}}],
    contexts: [{name, cluster: name, user: name, namespace}],
    currentContext: name,
  }
}
