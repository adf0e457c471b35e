import {afterAll, beforeAll} from 'vitest'
import {at, count, list, text} from '../../../src/lib/observe/fields.ts'
import {
  createFlags,
  createNamespace,
  deleteNamespace,
  json,
  kubectl,
  type Outcome,
  pgk,
  succeed,
} from './commands.ts'

export interface TestCluster {
  readonly namespace: string
  readonly name: string
  /** What `create cluster` said. */
  readonly created: Outcome
}

/** A cluster of its own for one test file, removed with its namespace at the end. */
export function useCluster(prefix: string, flags: readonly string[] = ['--replicas', '3']): TestCluster {
  const cluster = {
    namespace: '',
    name: 'hippo',
    created: {code: null, stdout: '', stderr: '', seconds: 0} as Outcome,
  }
  beforeAll(async () => {
    cluster.namespace = await createNamespace(prefix)
    cluster.created = await succeed(
      pgk(['create', 'cluster', cluster.name, '-n', cluster.namespace, ...createFlags(), ...flags]),
    )
  })
  afterAll(async () => {
    if (process.env['PGK_E2E_KEEP'] !== undefined) return
    // Much faster than the namespace alone, where everything a pod needs goes while it still runs.
    await pgk([
      'delete',
      'cluster',
      cluster.name,
      '-n',
      cluster.namespace,
      '--purge',
      '--confirm',
      cluster.name,
    ])
    await deleteNamespace(cluster.namespace)
  })
  return cluster
}

export const status = (cluster: {namespace: string; name: string}): Promise<unknown> =>
  json(pgk(['status', cluster.name, '-n', cluster.namespace, '-o', 'json']))

/** The roles of all instances, sorted. */
export const roles = (found: unknown): (string | undefined)[] =>
  list(found, 'instances')
    .map(instance => text(instance, 'role'))
    .sort()

/** Repeats until `check` gives a value; fails with what `describe` says after the time is up. */
export async function eventually<T>(
  check: () => Promise<T | undefined>,
  seconds: number,
  describe: () => string,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const value = await check()
    if (value !== undefined) return value
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${describe()}`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}

/** `psql` through pgk, one value. */
export async function query(cluster: {namespace: string; name: string}, sql: string): Promise<string> {
  const outcome = await succeed(
    pgk(['psql', cluster.name, '-n', cluster.namespace, '--', '-XAtq', '-v', 'ON_ERROR_STOP=1'], {
      stdin: sql,
    }),
  )
  return outcome.stdout.trim()
}

/** Resource versions of every object of the cluster that pgk itself writes, by kind and name. */
export async function resourceVersions(cluster: {
  namespace: string
  name: string
}): Promise<Map<string, string>> {
  const kinds = 'statefulsets,services,configmaps,secrets,serviceaccounts,roles,rolebindings,cronjobs,pdb,pvc'
  const selector = `postgres-operator.crunchydata.com/cluster=${cluster.name}`
  const found = await json(kubectl(['get', kinds, '-n', cluster.namespace, '-l', selector, '-o', 'json']))
  const versions = new Map<string, string>()
  for (const item of list(found, 'items')) {
    const key = `${text(item, 'kind')}/${text(item, 'metadata', 'name')}`
    // A status that moves is not a write of ours: the generation counts where there is one.
    const generation = count(item, 'metadata', 'generation')
    const version = generation ?? text(item, 'metadata', 'resourceVersion')
    versions.set(key, `${version} ${JSON.stringify(at(item, 'data') ?? {}).length}`)
  }
  return versions
}
