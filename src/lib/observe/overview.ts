import {PgkError} from '../errors.ts'
import {Label} from '../model/labels.ts'
import type {Clock, Kube, KubeObject, ListOptions, PgkReason, StoredDocument} from '../ports.ts'
import {noAnswers} from './answers.ts'
import {at, count, flag, list, text} from './fields.ts'
import {stateKinds} from './live.ts'
import {type ClusterStatus, type OperationStatus, type Reported, report} from './report.ts'
import {snapshot} from './snapshot.ts'

/** One line a cluster: what the Kubernetes objects alone show, without asking any pod. */
export interface ClusterList {
  apiVersion: 'pgk/v1'
  kind: 'ClusterList'
  items: readonly ClusterStatus[]
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof PgkError)) throw error
  return error.message
}

/** The operation that stands in a document's status. */
export function operationOf(document: unknown): OperationStatus | undefined {
  const operation = at(document, 'status', 'operation')
  if (operation === undefined) return undefined
  return {
    id: text(operation, 'id') ?? '',
    kind: text(operation, 'kind') ?? '',
    phase: text(operation, 'phase') ?? '',
    startedAt: text(operation, 'startedAt') ?? '',
    target: text(operation, 'request', 'text') ?? null,
  }
}

/** What a report takes from a document, read leniently: another version's clusters can be listed too. */
export function reportedOf({document, damaged}: StoredDocument): Reported {
  const {spec} = document
  const sets = list(spec, 'instances')
  return {
    postgresVersion: count(spec, 'postgresVersion') ?? 0,
    port: count(spec, 'port') ?? 5432,
    paused: flag(spec, 'paused'),
    shutdown: flag(spec, 'shutdown'),
    wantedInstances: sets.reduce<number>((sum, set) => sum + (count(set, 'replicas') ?? 1), 0),
    ...(damaged === undefined ? {} : {damaged: damaged.message}),
    backedUp: list(document, 'status', 'pgbackrest', 'repos').some(repo =>
      flag(repo, 'replicaCreateBackupComplete'),
    ),
    wantsBackups: list(spec, 'backups', 'pgbackrest', 'repos').length > 0,
    operation: operationOf(document),
  }
}

interface Read {
  objects: ReadonlyMap<string, readonly KubeObject[]>
  unknown: readonly PgkReason[]
}

async function read(kube: Kube, options: ListOptions): Promise<Read> {
  const objects = new Map<string, readonly KubeObject[]>()
  const unknown: PgkReason[] = []
  await Promise.all(
    stateKinds.map(async kind => {
      try {
        objects.set(kind.kind, await kube.list(kind, {...options, labelSelector: Label.cluster}))
      } catch (error) {
        unknown.push({source: `kubernetes/${kind.kind}`, reason: reasonOf(error)})
      }
    }),
  )
  return {objects, unknown}
}

const belongsTo =
  (namespace: string, cluster: string) =>
  ({metadata}: KubeObject): boolean =>
    metadata.namespace === namespace && metadata.labels?.[Label.cluster] === cluster

/** The state of several clusters from one list of each kind. */
export async function overview(
  {kube, clock}: {kube: Kube; clock: Clock},
  documents: Promise<readonly StoredDocument[]>,
  options: ListOptions,
): Promise<ClusterList> {
  const [stored, {objects, unknown}] = await Promise.all([documents, read(kube, options)])
  const items = stored.map(one => {
    const {name = '', namespace = ''} = one.document.metadata
    const own = new Map(
      [...objects].map(([kind, all]) => [kind, all.filter(belongsTo(namespace, name))] as const),
    )
    const seen = snapshot({at: clock.now(), namespace, cluster: name}, {objects: own, unknown}, noAnswers)
    return report(seen, reportedOf(one), 'not-asked', new Map())
  })
  return {apiVersion: 'pgk/v1', kind: 'ClusterList', items}
}
