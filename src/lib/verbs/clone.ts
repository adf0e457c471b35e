import {type PgkError, refusedError, usageError} from '../errors.ts'
import {withDefaults} from '../model/defaults.ts'
import type {ClusterSpec, PostgresCluster} from '../model/document.ts'
import {Annotation} from '../model/labels.ts'
import {checkDocument} from '../model/validate.ts'

export interface CloneRequest {
  name: string
  namespace: string
  /** The flags of the target, so that the same ones again mean the same clone. */
  words: string
  /** Options of `pgbackrest restore`, without the repository. */
  options: readonly string[]
  /** `repo1` of the source. */
  repo: string
  /** Of every instance set; the source's where none is given. */
  replicas?: number | undefined
}

type Backups = NonNullable<ClusterSpec['backups']>

/** Its own place in every store: two clusters in one archive would destroy each other's backups. */
function ownPaths(backups: Backups, {name, namespace}: CloneRequest): Backups {
  const {pgbackrest} = backups
  if (pgbackrest === undefined) return backups
  const {restore: _, manual: __, ...rest} = pgbackrest
  const kept = Object.entries(pgbackrest.global ?? {}).filter(([key]) => !/^repo\d-path$/.test(key))
  const paths = pgbackrest.repos
    .filter(repo => repo.volume === undefined)
    .map(repo => [`${repo.name}-path`, `/pgbackrest/${namespace}/${name}/${repo.name}`] as const)
  return {...backups, pgbackrest: {...rest, global: Object.fromEntries([...kept, ...paths])}}
}

/** A document that tells, in annotations, what it was begun with. */
export const remembering = (
  document: PostgresCluster,
  what: Readonly<Record<string, string>>,
): PostgresCluster => ({
  ...document,
  metadata: {...document.metadata, annotations: {...document.metadata.annotations, ...what}},
})

/** Pure. The document of a new cluster that begins with the data of another one's repository. */
export function cloneDocument(source: PostgresCluster, request: CloneRequest): PostgresCluster {
  const {name, namespace, words, options, repo, replicas} = request
  const {spec} = source
  const {name: from, namespace: fromNamespace} = source.metadata
  if (name === from && namespace === fromNamespace) {
    throw usageError('NAME_DIFFERS', 'the new cluster needs another name than its source', {
      hints: ['Over itself: --in-place'],
    })
  }
  const {service, standby: _, dataSource: __, databaseInitSQL: ___, ...rest} = spec
  const {nodePort: ____, ...ownService} = service ?? {}
  const {document, problems} = checkDocument({
    apiVersion: source.apiVersion,
    kind: source.kind,
    metadata: {name, namespace, annotations: {[Annotation.clonedWith]: words}},
    spec: {
      ...rest,
      shutdown: false,
      instances: spec.instances.map(set => (replicas === undefined ? set : {...set, replicas})),
      // A default user is named after its cluster: here the source's are meant.
      users: withDefaults(source).spec.users,
      ...(service === undefined ? {} : {service: ownService}),
      ...(spec.backups === undefined ? {} : {backups: ownPaths(spec.backups, request)}),
      dataSource: {
        postgresCluster: {
          clusterName: from,
          ...(fromNamespace === undefined ? {} : {clusterNamespace: fromNamespace}),
          repoName: repo,
          options: [...options],
        },
      },
    },
  })
  if (document !== undefined) return document
  const [first] = problems
  throw usageError('CLONE_INVALID', `${first?.path ?? ''} ${first?.message ?? 'is wrong'}`, {
    object: `cluster ${name}`,
    ...(first?.hint === undefined ? {} : {hints: [first.hint]}),
  })
}

/**
 * A clone that was begun with the same flags is gone on with; anything else of that name is left alone. The data of
 * another target would not be what was asked for.
 */
export function sameClone(existing: PostgresCluster, source: PostgresCluster, words: string): void {
  const from = existing.spec.dataSource?.postgresCluster
  const {name, namespace} = source.metadata
  const ofSource =
    from?.clusterName === name && (from?.clusterNamespace ?? existing.metadata.namespace) === namespace
  const begunWith = existing.metadata.annotations?.[Annotation.clonedWith]
  if (ofSource && begunWith === words) return
  throw anotherCluster(
    existing,
    ofSource && begunWith !== undefined ? `it was made from ${name} with ${begunWith}` : undefined,
  )
}

/** Why a cluster that is there is left alone: its data is not what was asked for. */
export function anotherCluster({metadata}: PostgresCluster, reason?: string): PgkError {
  const {name, namespace} = metadata
  return refusedError('CLUSTER_EXISTS', `there is another cluster "${name}" already`, {
    object: `cluster ${namespace}/${name}`,
    ...(reason === undefined ? {} : {reason}),
    hints: ['Choose another name.', `Or remove it first: pgk delete cluster ${name} -n ${namespace} --purge`],
  })
}
