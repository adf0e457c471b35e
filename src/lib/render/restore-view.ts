import {sourceStanza} from '../model/data-source-rules.ts'
import type {CompleteCluster} from '../model/document.ts'
import {Annotation, clusterLabels, Label, type Labels} from '../model/labels.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {processors} from '../pgbackrest/config.ts'
import {drillCommand} from '../pgbackrest/drill-script.ts'
import {fetchingEverywhere} from '../pgbackrest/fetching.ts'
import {stanza as ownStanza} from '../pgbackrest/layout.ts'
import {restoreCommand} from '../pgbackrest/restore-script.ts'
import {bucketSource, sourceEnvironment} from '../pgbackrest/source.ts'
import {dataDirectory, walDirectory} from '../postgres/layout.ts'

/** A drill that nobody waits for any more goes by itself: when it is done, and at the latest. */
const DRILL_KEPT_SECONDS = 60
const DRILL_LONGEST_SECONDS = 12 * 3600

/** A look into a bucket takes seconds; one that nobody waits for any more ends by itself. */
const LOOK_KEPT_SECONDS = 0
const LOOK_LONGEST_SECONDS = 600
/** Waits to be asked, and goes at once when it is told to. */
const LOOK_COMMAND = ['bash', '-ceu', `trap 'exit 0' TERM; sleep ${LOOK_LONGEST_SECONDS} & wait`]

/** What the repositories that are read are reached with, where they are not the cluster's own. */
export interface RestoreSource {
  /** ConfigMap and Secret of pgBackRest; null where environment variables say it all. */
  configMap: string | null
  secret: string | null
  configuration: readonly object[]
  environment: readonly object[]
  stanza: string
}

/** A bucket, as the document's data source says. */
export function fromBucket(document: CompleteCluster): RestoreSource {
  const source = bucketSource(document)
  return {
    configMap: null,
    secret: null,
    configuration: source?.configuration ?? [],
    environment: sourceEnvironment(document),
    stanza: sourceStanza(source ?? {}),
  }
}

/** One restore into an instance's volumes. */
export interface RestoreJobRequest {
  /** Of the operation: a Job of another one is not this one. */
  id: string
  /** The present data has no other copy: without room to keep it aside nothing is touched. */
  mustKeep?: boolean
  mode: 'restore' | 'return' | 'drill' | 'look'
  /** Whose volumes. */
  instance: string
  /** The instance's set. */
  set: string
  /** Options of `pgbackrest restore`. */
  options: readonly string[]
  /** What recovery must reach at least, where that is known. */
  lsn?: string
  /** For a drill: what its objects are called, and what is checked. */
  drill?: {name: string; lsn: string | undefined; database: string}
  /** Of another cluster, or of none. */
  source?: RestoreSource
}

type Resources = CompleteCluster['spec']['instances'][number]['resources']

export interface RestoreView {
  name: string
  labels: Labels
  annotations: Readonly<Record<string, string>>
  command: readonly string[]
  /** Null where nothing is restored: pgBackRest is only asked. */
  dataVolume: string | null
  /** Null unless the WAL has a volume of its own. */
  walVolume: string | null
  /** How often Kubernetes tries again. */
  backoffLimit: number
  /** Null keeps the Job until it is removed. */
  ttlSecondsAfterFinished: number | null
  activeDeadlineSeconds: number | null
  /** A ConfigMap with `check.sql`; null but for a drill. */
  checks: string | null
  environment: readonly object[] | null
  configMap: string | null
  secret: string | null
  configuration: readonly object[]
  resources: object | null
  affinity: object | null
  tolerations: readonly object[] | null
  priorityClassName: string | null
}

export const restoreJobName = (cluster: string, mode: 'restore' | 'return'): string =>
  mode === 'restore' ? clusterNames(cluster).restoreJob : `${cluster}-pgbackrest-return`

/** A Job with a processor limit copies with as many processes, unless its options or `global` say how many. */
function processOptions(
  options: readonly string[],
  global: Readonly<Record<string, string>> | undefined,
  resources: Resources,
): string[] {
  if (options.some(option => option.startsWith('--process-max'))) return []
  if (global?.['process-max'] !== undefined) return []
  const count = processors(resources?.limits)
  return count === undefined ? [] : [`--process-max=${count}`]
}

export function restoreView(document: CompleteCluster, request: RestoreJobRequest): RestoreView {
  const {metadata, spec} = document
  const cluster = metadata.name
  const names = clusterNames(cluster)
  const volumes = instanceNames(request.instance)
  const own = spec.instances.find(({name}) => name === request.set)
  const begin = spec.dataSource?.postgresCluster ?? bucketSource(document)
  const wanted = spec.backups?.pgbackrest?.restore ?? begin
  const walVolume = own?.walVolumeClaimSpec !== undefined
  const {source, drill, mode} = request
  const stanza = source?.stanza ?? ownStanza
  const {postgresVersion} = spec
  const resources = wanted?.resources ?? own?.resources
  const given = fetchingEverywhere(request.options, stanza)
  // Only a Job that reads the bucket has the bucket's options.
  const readsBucket = source !== undefined && source.configMap === null
  const global = readsBucket ? bucketSource(document)?.global : spec.backups?.pgbackrest?.global
  const options = [...processOptions(given, global, resources), ...given]
  const script = {postgresVersion, stanza, dataDirectory: dataDirectory(postgresVersion), options}
  const restored = {
    name: restoreJobName(cluster, mode === 'return' ? 'return' : 'restore'),
    labels: {
      ...clusterLabels(cluster),
      [Label.pgbackrestRestore]: '',
      [Label.startupInstance]: request.instance,
    },
    command: restoreCommand({
      ...script,
      mode: mode === 'return' ? 'return' : 'restore',
      id: request.id,
      lsn: request.lsn,
      mustKeep: request.mustKeep ?? false,
      walDirectory: walVolume ? walDirectory(postgresVersion) : '',
    }),
    dataVolume: volumes.dataVolume,
    walVolume: walVolume ? volumes.walVolume : null,
    backoffLimit: 4,
    ttlSecondsAfterFinished: null,
    activeDeadlineSeconds: null,
    checks: null,
  }
  const drilled = drill && {
    name: drill.name,
    labels: {...clusterLabels(cluster), [Label.pgbackrestDrill]: ''},
    command: drillCommand({...script, ...drill}),
    dataVolume: drill.name,
    walVolume: null,
    backoffLimit: 0,
    ttlSecondsAfterFinished: DRILL_KEPT_SECONDS,
    activeDeadlineSeconds: DRILL_LONGEST_SECONDS,
    checks: drill.name,
  }
  const looking = mode === 'look' && {
    name: request.instance,
    labels: {...clusterLabels(cluster), [Label.pgbackrestRestore]: ''},
    command: LOOK_COMMAND,
    dataVolume: null,
    walVolume: null,
    backoffLimit: 0,
    ttlSecondsAfterFinished: LOOK_KEPT_SECONDS,
    activeDeadlineSeconds: LOOK_LONGEST_SECONDS,
    checks: null,
  }
  return {
    ...(looking || (drilled ?? restored)),
    annotations: {[Annotation.pgbackrestRestore]: request.id},
    environment: source === undefined || source.environment.length === 0 ? null : source.environment,
    configMap: source === undefined ? names.pgbackrestConfigMap : source.configMap,
    secret: source === undefined ? names.pgbackrestSecret : source.secret,
    configuration: source?.configuration ?? spec.backups?.pgbackrest?.configuration ?? [],
    resources: resources ?? null,
    affinity: wanted?.affinity ?? own?.affinity ?? null,
    tolerations: wanted?.tolerations ?? own?.tolerations ?? null,
    priorityClassName: wanted?.priorityClassName ?? own?.priorityClassName ?? null,
  }
}
