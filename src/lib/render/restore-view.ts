import type {CompleteCluster} from '../model/document.ts'
import {Annotation, clusterLabels, Label, type Labels} from '../model/labels.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {drillCommand} from '../pgbackrest/drill-script.ts'
import {fetchingEverywhere} from '../pgbackrest/fetching.ts'
import {restoreCommand} from '../pgbackrest/restore-script.ts'
import {dataDirectory, walDirectory} from '../postgres/layout.ts'

/** A drill that nobody waits for any more goes by itself: when it is done, and at the latest. */
const DRILL_KEPT_SECONDS = 60
const DRILL_LONGEST_SECONDS = 12 * 3600

/** One restore into an instance's volumes. */
export interface RestoreJobRequest {
  /** Of the operation: a Job of another one is not this one. */
  id: string
  mode: 'restore' | 'return' | 'drill'
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
  /** ConfigMap and Secret of pgBackRest, where they are not the cluster's own. */
  source?: {configMap: string; secret: string; configuration: readonly object[]}
}

export interface RestoreView {
  name: string
  labels: Labels
  annotations: Readonly<Record<string, string>>
  command: readonly string[]
  dataVolume: string
  /** Null unless the WAL has a volume of its own. */
  walVolume: string | null
  /** How often Kubernetes tries again. */
  backoffLimit: number
  /** Null keeps the Job until it is removed. */
  ttlSecondsAfterFinished: number | null
  activeDeadlineSeconds: number | null
  /** A ConfigMap with `check.sql`; null but for a drill. */
  checks: string | null
  configMap: string
  secret: string
  configuration: readonly object[]
  resources: object | null
  affinity: object | null
  tolerations: readonly object[] | null
  priorityClassName: string | null
}

export const restoreJobName = (cluster: string, mode: 'restore' | 'return'): string =>
  mode === 'restore' ? clusterNames(cluster).restoreJob : `${cluster}-pgbackrest-return`

export function restoreView(document: CompleteCluster, request: RestoreJobRequest): RestoreView {
  const {metadata, spec} = document
  const cluster = metadata.name
  const names = clusterNames(cluster)
  const volumes = instanceNames(request.instance)
  const own = spec.instances.find(({name}) => name === request.set)
  const wanted = spec.backups?.pgbackrest?.restore ?? spec.dataSource?.postgresCluster
  const walVolume = own?.walVolumeClaimSpec !== undefined
  const {source, drill, mode} = request
  const {postgresVersion} = spec
  const options = fetchingEverywhere(request.options)
  const script = {postgresVersion, dataDirectory: dataDirectory(postgresVersion), options}
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
  return {
    ...(drilled ?? restored),
    annotations: {[Annotation.pgbackrestRestore]: request.id},
    configMap: source?.configMap ?? names.pgbackrestConfigMap,
    secret: source?.secret ?? names.pgbackrestSecret,
    configuration: source?.configuration ?? spec.backups?.pgbackrest?.configuration ?? [],
    resources: wanted?.resources ?? own?.resources ?? null,
    affinity: wanted?.affinity ?? own?.affinity ?? null,
    tolerations: wanted?.tolerations ?? own?.tolerations ?? null,
    priorityClassName: wanted?.priorityClassName ?? own?.priorityClassName ?? null,
  }
}
