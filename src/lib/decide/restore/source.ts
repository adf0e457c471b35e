import {createHash} from 'node:crypto'
import type {CompleteCluster, DocumentStatus} from '../../model/document.ts'
import {Annotation} from '../../model/labels.ts'
import {readRestoreOption, unquoted} from '../../model/restore-options.ts'
import type {Observed} from '../../observe/snapshot.ts'
import {repoNumber} from '../../pgbackrest/layout.ts'
import {parseLsn} from '../../postgres/lsn.ts'
import type {InstanceFacts, Owner} from '../../render/facts.ts'
import type {RestoreOperation, RestoreRequest} from './request.ts'

/** A target is of no use while recovery would pause there. */
function withPromotion(options: readonly string[]): string[] {
  const names = (name: string): boolean => options.some(option => option.startsWith(name))
  const stops = names('--target=') || names('--type=immediate')
  return stops && !names('--target-action') ? [...options, '--target-action=promote'] : [...options]
}

export interface SourceInput {
  document: CompleteCluster
  status: DocumentStatus
  seen: Observed
  owner: Owner | undefined
  instances: readonly InstanceFacts[]
}

interface Origin {
  source: NonNullable<RestoreRequest['source']>
  /** `repo1`, as the source calls it. */
  repo: string
  options: readonly string[]
}

/** Where a document says that its data comes from. */
function originOf({metadata, spec}: CompleteCluster, namespace: string): Origin | undefined {
  const {postgresCluster: cluster, pgbackrest: bucket} = spec.dataSource ?? {}
  if (cluster !== undefined) {
    const {clusterName, clusterNamespace, repoName, options = []} = cluster
    const source = {cluster: clusterName ?? metadata.name, namespace: clusterNamespace ?? namespace}
    return {source, repo: repoName, options}
  }
  if (bucket === undefined) return undefined
  // The script passes --delta itself, and pgBackRest takes it only once.
  const options = (bucket.options ?? []).filter(option => readRestoreOption(option)?.name !== 'delta')
  return {source: 'bucket', repo: bucket.repo.name, options}
}

/** What its recovery must reach, as it was promised when it was asked for. It goes into SQL: only an LSN will do. */
function promisedIn({metadata}: CompleteCluster): string | undefined {
  const lsn = metadata.annotations?.[Annotation.promisedLsn]
  return lsn === undefined || parseLsn(lsn) === undefined ? undefined : lsn
}

/**
 * The clone that a document with a `dataSource` begins with, until it has data of its own. It is derived
 * anew until its first phase is recorded, and comes out the same each time.
 */
export function sourceOperation(input: SourceInput): RestoreOperation | undefined {
  const {document, status, seen, owner, instances} = input
  const origin = originOf(document, seen.namespace)
  const [startup] = instances
  if (origin === undefined || startup === undefined) return undefined
  const begun = status.operation !== undefined || status.restored !== undefined
  if (begun || seen.config?.systemIdentifier !== undefined || seen.leadership.state === 'held')
    return undefined
  const options = origin.options.map(unquoted)
  const id = createHash('sha256').update(`${owner?.uid}/${seen.namespace}/${seen.cluster}`).digest('hex')
  return {
    id: id.slice(0, 5),
    kind: 'clone',
    phase: 'copy',
    who: 'dataSource',
    startedAt: seen.at.toISOString(),
    request: {
      text: options.filter(option => /^--(type|target|set)\b/.test(option)).join(' '),
      startup: startup.name,
      set: startup.set,
      options: [`--repo=${repoNumber(origin.repo)}`, ...withPromotion(options)],
      returnOptions: [],
      // A new volume holds nothing; what a volume that was left holds has no other copy that is known.
      mustKeep: true,
      fromTimeline: undefined,
      repo: origin.repo,
      failure: undefined,
      unreachable: false,
      lastTransaction: undefined,
      promisedLsn: promisedIn(document),
      source: origin.source,
    },
  }
}
