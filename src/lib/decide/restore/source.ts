import {createHash} from 'node:crypto'
import type {CompleteCluster, DocumentStatus} from '../../model/document.ts'
import type {Observed} from '../../observe/snapshot.ts'
import {repoNumber} from '../../pgbackrest/layout.ts'
import type {InstanceFacts, Owner} from '../../render/facts.ts'
import type {RestoreOperation} from './request.ts'

/** `--target="2026-11-23 08:00:00+00"` as pgBackRest gets it when no shell takes the quotes away. */
export const unquoted = (option: string): string => option.trim().replace(/=(["'])(.*)\1$/s, '=$2')

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

/**
 * The clone that a document with a `dataSource` begins with, until it has data of its own. It is derived
 * anew until its first phase is recorded, and comes out the same each time.
 */
export function sourceOperation(input: SourceInput): RestoreOperation | undefined {
  const {document, status, seen, owner, instances} = input
  const source = document.spec.dataSource?.postgresCluster
  const [startup] = instances
  if (source === undefined || startup === undefined) return undefined
  const begun = status.operation !== undefined || status.restored !== undefined
  if (begun || seen.config?.systemIdentifier !== undefined || seen.leadership.state === 'held')
    return undefined
  const options = (source.options ?? []).map(unquoted)
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
      options: [`--repo=${repoNumber(source.repoName)}`, ...withPromotion(options)],
      returnOptions: [],
      fromTimeline: undefined,
      repo: source.repoName,
      failure: undefined,
      lastTransaction: undefined,
      promisedLsn: undefined,
      source: {
        cluster: source.clusterName ?? document.metadata.name,
        namespace: source.clusterNamespace ?? seen.namespace,
      },
    },
  }
}
