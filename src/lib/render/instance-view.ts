import type {CompleteCluster, CompleteInstanceSet, VolumeClaimSpec} from '../model/document.ts'
import {
  clusterLabels,
  Data,
  instanceLabels,
  instancePodLabels,
  instanceVolumeLabels,
  Label,
  type Labels,
  Role,
} from '../model/labels.ts'
import {clusterNames, disruptionBudgetName, instanceNames} from '../model/names.ts'
import {instanceConfig} from '../patroni/config.ts'
import {firstRepoNumber} from '../pgbackrest/config.ts'
import {dataDirectory} from '../postgres/layout.ts'
import {patroniCommand, prepareCommand} from '../postgres/startup.ts'
import type {Facts, InstanceFacts} from './facts.ts'
import {spread} from './scheduling.ts'

/** One instance: its StatefulSet, configuration and volumes. */
export interface InstanceView {
  name: string
  labels: Labels
  podLabels: Labels
  /** 1, or 0 while it is stopped. */
  replicas: 0 | 1
  configMap: string
  certsSecret: string
  dataVolume: string
  dataVolumeLabels: Labels
  dataVolumeSpec: object
  /** Null unless the WAL has a volume of its own. */
  walVolume: string | null
  walVolumeLabels: Labels
  walVolumeSpec: object | null
  patroniConfig: string
  prepareCommand: readonly string[]
  patroniCommand: readonly string[]
  dataDirectory: string
  endpointPorts: string
  postgresAddress: string
  postgresListen: string
  patroniAddress: string
  patroniListen: string
  resources: object | null
  affinity: object | null
  tolerations: readonly object[] | null
  topologySpreadConstraints: readonly object[]
  priorityClassName: string | null
}

export interface SetView {
  disruptionBudget: string
  labels: Labels
  minAvailable: number | string
}

/** A claim without what is pgk's (`autoGrow`) and without limits, which many storage classes refuse. */
export function claimSpec({autoGrow: _, resources, ...rest}: VolumeClaimSpec): object {
  return {...rest, resources: {requests: resources.requests}}
}

export function instanceView(
  document: CompleteCluster,
  facts: Facts,
  set: CompleteInstanceSet,
  instance: InstanceFacts,
): InstanceView {
  const {metadata, spec} = document
  const cluster = metadata.name
  const names = instanceNames(instance.name)
  const host = `$(PATRONI_NAME).${clusterNames(cluster).podService}`
  const walVolume = set.walVolumeClaimSpec !== undefined
  const own = [cluster, set.name, instance.name] as const
  const fromBackup = facts.replicaCreateReady && spec.backups?.pgbackrest !== undefined
  const {bootstrap} = instance
  return {
    name: instance.name,
    labels: {...instanceLabels(...own), [Label.data]: Data.postgres},
    podLabels: instancePodLabels(...own),
    replicas: instance.running ? 1 : 0,
    configMap: names.configMap,
    certsSecret: names.certsSecret,
    dataVolume: names.dataVolume,
    dataVolumeLabels: instanceVolumeLabels(...own, Role.pgData),
    dataVolumeSpec: claimSpec(set.dataVolumeClaimSpec),
    walVolume: walVolume ? names.walVolume : null,
    walVolumeLabels: instanceVolumeLabels(...own, Role.pgWal),
    walVolumeSpec: set.walVolumeClaimSpec ? claimSpec(set.walVolumeClaimSpec) : null,
    patroniConfig: instanceConfig(spec.postgresVersion, {
      bootstrap,
      fromBackup,
      walVolume,
      repo: firstRepoNumber(document),
    }),
    prepareCommand: prepareCommand(spec.postgresVersion, walVolume),
    patroniCommand: patroniCommand(spec.postgresVersion),
    dataDirectory: dataDirectory(spec.postgresVersion),
    // The name must be that of the Services' port, or their traffic finds no endpoint.
    endpointPorts: JSON.stringify([{name: 'postgres', port: spec.port, protocol: 'TCP'}]),
    postgresAddress: `${host}:${spec.port}`,
    postgresListen: `*:${spec.port}`,
    patroniAddress: `${host}:${spec.patroni.port}`,
    patroniListen: `*:${spec.patroni.port}`,
    resources: set.resources ?? null,
    affinity: set.affinity ?? null,
    tolerations: set.tolerations ?? null,
    topologySpreadConstraints: spread(cluster, set.topologySpreadConstraints),
    priorityClassName: set.priorityClassName ?? null,
  }
}

/** Undefined when every instance of the set may be away at once. */
export function setView(cluster: string, {name, minAvailable}: CompleteInstanceSet): SetView | undefined {
  if (Number.parseInt(String(minAvailable), 10) === 0) return undefined
  return {
    disruptionBudget: disruptionBudgetName(cluster, name),
    labels: {...clusterLabels(cluster), [Label.instanceSet]: name},
    minAvailable,
  }
}
