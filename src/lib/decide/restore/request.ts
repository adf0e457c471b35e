import type {DocumentStatus, Operation} from '../../model/document.ts'
import {at, list, text} from '../../observe/fields.ts'

/**
 * The steps of a restore. Each is left only when what it is for was seen, and each effect is safe to repeat,
 * so that any pgk can go on from the recorded phase.
 */
export const phases = [
  /** A backup of the present state, where its directory cannot be kept. */
  'safeguard',
  /** No instance runs any more. */
  'stop',
  /** Patroni's state is gone. */
  'forget',
  /** Configuration of the source is here (clones only). */
  'copy',
  /** The Job has restored one instance's volumes. */
  'restore',
  /** That instance leads. */
  'start',
  /** All instances follow it. */
  'rejoin',
  /** A backup on the new timeline exists. */
  'backup',
  /** The restore failed: a Job brings the old data back. */
  'return',
  /** The instance with the old data leads again. */
  'restart',
] as const
export type Phase = (typeof phases)[number]

/** What a restore was asked to do; it is kept in the document's status until it is done. */
export interface RestoreRequest {
  /** As the person gave it; the same words again mean the same operation. */
  text: string
  /** The instance that is restored and starts first. */
  startup: string
  set: string
  /** Options of `pgbackrest restore`. */
  options: readonly string[]
  /** Options that bring the end of the old timeline back from the archive. */
  returnOptions: readonly string[]
  /** The present data has no other copy: it is kept aside, or nothing is touched. */
  mustKeep: boolean
  /** The timeline of before. */
  fromTimeline: number | undefined
  /** Repository of the backups before and after: `repo1`. */
  repo: string
  /** Why it failed, while it returns. */
  failure: string | undefined
  /** True where it failed because recovery ended before the target. */
  unreachable: boolean
  lastTransaction: string | undefined
  /** `0/5000060`: recovery that ends before it has lost something, whatever it says. */
  promisedLsn: string | undefined
  /** Where the data comes from: another cluster's repositories, or a bucket; its own where undefined. */
  source: ClusterSource | 'bucket' | undefined
}

export interface ClusterSource {
  namespace: string
  cluster: string
}

export interface RestoreOperation extends Omit<Operation, 'request' | 'phase' | 'kind'> {
  kind: 'restore' | 'clone'
  phase: Phase
  request: RestoreRequest
}

const strings = (value: unknown, name: string): string[] =>
  list(value, name).filter(entry => typeof entry === 'string')

function readSource(value: unknown): RestoreRequest['source'] {
  if (at(value, 'source') === 'bucket') return 'bucket'
  const cluster = text(value, 'source', 'cluster')
  return cluster === undefined ? undefined : {cluster, namespace: text(value, 'source', 'namespace') ?? ''}
}

function readRequest(value: unknown): RestoreRequest {
  const timeline = at(value, 'fromTimeline')
  return {
    text: text(value, 'text') ?? '',
    startup: text(value, 'startup') ?? '',
    set: text(value, 'set') ?? '',
    options: strings(value, 'options'),
    returnOptions: strings(value, 'returnOptions'),
    mustKeep: at(value, 'mustKeep') !== false,
    fromTimeline: typeof timeline === 'number' ? timeline : undefined,
    repo: text(value, 'repo') ?? 'repo1',
    failure: text(value, 'failure'),
    unreachable: at(value, 'unreachable') === true,
    lastTransaction: text(value, 'lastTransaction'),
    promisedLsn: text(value, 'promisedLsn'),
    source: readSource(value),
  }
}

/** The restore that is going on, if any. */
export function restoreOf({operation}: DocumentStatus): RestoreOperation | undefined {
  if (operation === undefined) return undefined
  const {kind, request, phase, ...rest} = operation
  const known = phases.find(name => name === phase)
  if ((kind !== 'restore' && kind !== 'clone') || known === undefined) return undefined
  return {...rest, kind, phase: known, request: readRequest(request)}
}

/** Which instances run in a phase, and which of them takes over a restored directory. */
export function runsIn({phase, request}: RestoreOperation, instance: string): boolean {
  if (phase === 'safeguard' || phase === 'rejoin' || phase === 'backup') return true
  return (phase === 'start' || phase === 'restart') && instance === request.startup
}

export const bootstrapIn = ({phase, request}: RestoreOperation, instance: string): 'initdb' | 'existing' =>
  (phase === 'start' || phase === 'restart') && instance === request.startup ? 'existing' : 'initdb'
