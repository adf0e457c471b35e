import {existsSync} from 'node:fs'
import type {Cluster, Context, User} from '@kubernetes/client-node/dist/config_types.js'
import {usageError} from '../errors.ts'
import {type Credentials, credentialsFor} from './credentials.ts'
import {defaultKubeconfigs, inClusterConfig, type KubeConfigContent, loadKubeconfigs} from './kubeconfig.ts'

export interface ConnectFlags {
  kubeconfig?: string
  context?: string
  namespace?: string
  as?: string
  /** Seconds; 0 waits for ever. */
  requestTimeoutSeconds?: number
}

/** Where the API is, who we are to it, and which namespace a command means. */
export interface Connection {
  server: URL
  /** Name of the kubeconfig context, for messages. */
  context: string
  namespace: string
  /** The user to act as, where the person asked for it. */
  impersonate: string | undefined
  requestTimeoutSeconds: number
  credentials: Credentials
}

export interface ConnectWorld {
  environment: NodeJS.ProcessEnv
  /** Says something to the person that is not a result. */
  say: (line: string) => void
}

const defaultTimeoutSeconds = 30

const sandboxKubeconfig = (environment: NodeJS.ProcessEnv): string =>
  `${environment['PGK_SANDBOX_ROOT'] ?? '/var/lib/pgk/sandbox'}/${environment['PGK_SANDBOX'] ?? 'default'}/kubeconfig`

/** Flags, KUBECONFIG, `~/.kube/config`, the pod's own account, and last a sandbox that runs on this machine. */
async function findConfig(flags: ConnectFlags, world: ConnectWorld): Promise<KubeConfigContent> {
  if (flags.kubeconfig !== undefined) {
    const named = await loadKubeconfigs([flags.kubeconfig])
    if (named) return named
    throw usageError('KUBECONFIG_MISSING', 'there is no such kubeconfig', {
      object: flags.kubeconfig,
      hints: ['Name an existing file with --kubeconfig, or leave the flag out.'],
    })
  }
  const files = defaultKubeconfigs(world.environment)
  const usual = await loadKubeconfigs(files)
  if (usual && usual.contexts.length > 0) return usual
  const inCluster = inClusterConfig(world.environment)
  if (inCluster) return inCluster
  const sandbox = sandboxKubeconfig(world.environment)
  const local = existsSync(sandbox) ? await loadKubeconfigs([sandbox]) : undefined
  if (local) {
    world.say(`Using the sandbox on this machine (${sandbox}).`)
    return local
  }
  throw usageError('NO_KUBERNETES', 'no Kubernetes to talk to', {
    reason: `none of these is there: ${[...files, sandbox].join(', ')}`,
    hints: [
      'Name a kubeconfig with --kubeconfig or KUBECONFIG.',
      'Or start a Kubernetes on this machine: pgk sandbox up',
    ],
  })
}

interface Chosen {
  context: Context
  cluster: Cluster
  user: User
}

function choose(config: KubeConfigContent, wanted: string | undefined): Chosen {
  const name =
    wanted ?? config.currentContext ?? (config.contexts.length === 1 ? config.contexts[0]?.name : undefined)
  const contexts = config.contexts.map(context => context.name).join(', ')
  if (name === undefined) {
    throw usageError('NO_CONTEXT', 'the kubeconfig chooses no context', {
      hints: [`Choose one with --context: ${contexts}`],
    })
  }
  const context = config.contexts.find(candidate => candidate.name === name)
  if (!context) {
    throw usageError('CONTEXT_UNKNOWN', `the kubeconfig has no context "${name}"`, {
      hints: [`It has: ${contexts || 'none'}`],
    })
  }
  const cluster = config.clusters.find(candidate => candidate.name === context.cluster)
  if (!cluster) {
    throw usageError(
      'KUBECONFIG_INVALID',
      `the context "${name}" names a cluster that is not in the kubeconfig`,
      {
        object: `cluster ${context.cluster}`,
      },
    )
  }
  const user = config.users.find(candidate => candidate.name === context.user)
  if (!user && context.user) {
    throw usageError(
      'KUBECONFIG_INVALID',
      `the context "${name}" names a user that is not in the kubeconfig`,
      {
        object: `user ${context.user}`,
      },
    )
  }
  return {context, cluster, user: user ?? {name: ''}}
}

function serverUrl(cluster: Cluster): URL {
  try {
    const url = new URL(cluster.server)
    if (url.protocol === 'https:' || url.protocol === 'http:') return url
  } catch {
    // The error below says it better.
  }
  throw usageError('KUBECONFIG_INVALID', `the server address "${cluster.server}" is not an http(s) URL`, {
    object: `cluster ${cluster.name}`,
  })
}

/** Decides which Kubernetes, as whom and in which namespace. Opens no connection yet. */
export async function connect(flags: ConnectFlags, world: ConnectWorld): Promise<Connection> {
  const config = await findConfig(flags, world)
  const {context, cluster, user} = choose(config, flags.context)
  const impersonated = flags.as ?? user.impersonateUser
  return {
    server: serverUrl(cluster),
    context: context.name,
    namespace: flags.namespace ?? context.namespace ?? 'default',
    impersonate: impersonated,
    requestTimeoutSeconds: flags.requestTimeoutSeconds ?? defaultTimeoutSeconds,
    credentials: credentialsFor(cluster, user, world.environment),
  }
}
