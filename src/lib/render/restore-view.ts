import type {CompleteCluster} from '../model/document.ts'
import {Annotation, clusterLabels, Label, type Labels} from '../model/labels.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {restoreCommand} from '../pgbackrest/restore-script.ts'
import {dataDirectory, walDirectory} from '../postgres/layout.ts'

/** One restore into an instance's volumes. */
export interface RestoreJobRequest {
  /** Of the operation: a Job of another one is not this one. */
  id: string
  mode: 'restore' | 'return'
  /** Whose volumes. */
  instance: string
  /** The instance's set. */
  set: string
  /** Options of `pgbackrest restore`. */
  options: readonly string[]
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
  configMap: string
  secret: string
  configuration: readonly object[]
  resources: object | null
  affinity: object | null
  tolerations: readonly object[] | null
  priorityClassName: string | null
}

export const restoreJobName = (cluster: string, mode: RestoreJobRequest['mode']): string =>
  mode === 'restore' ? clusterNames(cluster).restoreJob : `${cluster}-pgbackrest-return`

export function restoreView(document: CompleteCluster, request: RestoreJobRequest): RestoreView {
  const {metadata, spec} = document
  const cluster = metadata.name
  const names = clusterNames(cluster)
  const volumes = instanceNames(request.instance)
  const own = spec.instances.find(({name}) => name === request.set)
  const wanted = spec.backups?.pgbackrest?.restore ?? spec.dataSource?.postgresCluster
  const walVolume = own?.walVolumeClaimSpec !== undefined
  const {source} = request
  return {
    name: restoreJobName(cluster, request.mode),
    labels: {
      ...clusterLabels(cluster),
      [Label.pgbackrestRestore]: '',
      [Label.startupInstance]: request.instance,
    },
    annotations: {[Annotation.pgbackrestRestore]: request.id},
    command: restoreCommand({
      mode: request.mode,
      id: request.id,
      postgresVersion: spec.postgresVersion,
      dataDirectory: dataDirectory(spec.postgresVersion),
      walDirectory: walVolume ? walDirectory(spec.postgresVersion) : '',
      options: request.options,
    }),
    dataVolume: volumes.dataVolume,
    walVolume: walVolume ? volumes.walVolume : null,
    configMap: source?.configMap ?? names.pgbackrestConfigMap,
    secret: source?.secret ?? names.pgbackrestSecret,
    configuration: source?.configuration ?? spec.backups?.pgbackrest?.configuration ?? [],
    resources: wanted?.resources ?? own?.resources ?? null,
    affinity: wanted?.affinity ?? own?.affinity ?? null,
    tolerations: wanted?.tolerations ?? own?.tolerations ?? null,
    priorityClassName: wanted?.priorityClassName ?? own?.priorityClassName ?? null,
  }
}
