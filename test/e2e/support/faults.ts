import {get} from 'node:https'
import {inject} from 'vitest'
import {at, list, text} from '../../../src/lib/observe/fields.ts'
import {eventually, status, type TestCluster} from './cluster.ts'
import {json, kubectl, type Outcome, pgk, succeed} from './commands.ts'

/** The sandbox that may be broken: the suite's own, or one that is named beside its kubeconfig. */
export const brokenSandbox = (): string => process.env['PGK_E2E_SANDBOX'] ?? (inject('sandbox') ? 'e2e' : '')

/** Nobody's Kubernetes is broken but one that was made for it. */
export const mayBreak = (): boolean => brokenSandbox() !== ''

export const fault = (args: readonly string[]): Promise<Outcome> =>
  succeed(pgk(['sandbox', 'fault', ...args, '--name', brokenSandbox()]))

export const undoAll = (): Promise<Outcome> => fault(['undo', '--all'])

/** What `sandbox status` says is broken. */
export const brokenNow = async (): Promise<readonly unknown[]> =>
  list(await json(pgk(['sandbox', 'status', '--name', brokenSandbox(), '-o', 'json'])), 'faults')

export async function leaderOf(cluster: TestCluster): Promise<string> {
  return eventually(
    async () => text(await status(cluster), 'leader'),
    90,
    () => 'no leader',
  )
}

/** Waits until every instance but the leader streams from it. Gives the leader. */
export async function healed(cluster: TestCluster): Promise<string> {
  let seen = ''
  return eventually(
    async () => {
      const found = await status(cluster)
      const states = list(found, 'instances').map(each => text(each, 'state'))
      seen = `${text(found, 'leader')} leads, ${states.join(', ')}`
      const isWhole = states.filter(state => state === 'streaming').length === states.length - 1
      return isWhole ? text(found, 'leader') : undefined
    },
    180,
    () => seen,
  )
}

/** One value of SQL from the instance itself, in the cluster's database, over its socket; undefined while it gives none. */
export async function ask(cluster: TestCluster, instance: string, sql: string): Promise<string | undefined> {
  const command = ['psql', '-XAtqw', '-d', cluster.name, '-v', 'ON_ERROR_STOP=1', '-c', sql]
  const pod = `${instance}-0`
  const outcome = await kubectl([
    'exec',
    pod,
    '-n',
    cluster.namespace,
    '-c',
    'database',
    '--',
    'timeout',
    '5',
    ...command,
  ])
  return outcome.code === 0 ? outcome.stdout.trim() : undefined
}

/** True when this instance, asked itself, takes no writes. */
export const isDemoted = async (cluster: TestCluster, instance: string): Promise<boolean> =>
  (await ask(cluster, instance, 'select pg_is_in_recovery()')) !== 'f'

/** How pgk's status tells the state of one instance. */
export async function stateOf(cluster: TestCluster, instance: string): Promise<string> {
  const found = list(await status(cluster), 'instances')
  return (
    text(
      found.find(each => text(each, 'name') === instance),
      'state',
    ) ?? ''
  )
}

export const nodeOf = async (cluster: TestCluster, instance: string): Promise<string> => {
  const pod = await json(kubectl(['get', 'pod', `${instance}-0`, '-n', cluster.namespace, '-o', 'json']))
  return text(at(pod, 'spec'), 'nodeName') ?? ''
}

/** What Patroni itself says at an address, past the API server: true while it takes writes. */
export function takesWrites(address: string): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>()
  const options = {host: address, port: 8008, path: '/primary', rejectUnauthorized: false, timeout: 5000}
  const request = get(options, response => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on('timeout', () => request.destroy())
  request.on('error', () => resolve(false))
  return promise
}
