import type {CompleteCluster} from '../model/document.ts'
import {
  clusterLabels,
  Label,
  type Labels,
  patroniLabels,
  pgbackrestConfigLabels,
  Role,
  repoHostLabels,
} from '../model/labels.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {clusterConfig} from '../patroni/config.ts'
import type {Facts} from './facts.ts'

interface ServiceView {
  type: string
  nodePort: number | null
  ipFamilyPolicy: string | null
  ipFamilies: readonly string[] | null
  internalTrafficPolicy: string | null
  externalTrafficPolicy: string | null
}

/** What holds for the whole cluster. */
export interface ClusterView {
  cluster: {
    namespace: string
    port: number
    /** The port as text, for environment variables. */
    portText: string
    patroniPort: number
    /** The document asks for backups. */
    backups: boolean
  }
  names: {
    ha: string
    haConfig: string
    primaryService: string
    replicaService: string
    podService: string
    configMap: string
    clusterCertSecret: string
    replicationCertSecret: string
    pgbackrestConfigMap: string
    pgbackrestSecret: string
    repoHost: string
    serviceAccount: string
  }
  labels: {
    cluster: Labels
    patroni: Labels
    primary: Labels
    primarySlice: Labels
    replicas: Labels
    pgbackrestConfig: Labels
    repoHost: Labels
  }
  image: {
    postgres: string
    pgbackrest: string
    pullPolicy: string | null
    pullSecrets: readonly {name: string}[] | null
  }
  patroni: {
    config: string
    /** The Endpoints that Patroni keeps its state in. */
    endpoints: readonly string[]
    /** The pods whose status Patroni writes. */
    pods: readonly string[]
  }
  /** Seconds and counts, from the lease and the loop of Patroni. */
  probe: {
    timeout: number
    livenessPeriod: number
    livenessFailures: number
    readinessPeriod: number
    readinessFailures: number
  }
  /** Where the primary Service leads; null until the leader Service has an address. */
  primary: {address: string | null; addressType: 'IPv4' | 'IPv6'}
  leader: ServiceView
  replicas: ServiceView
}

function serviceView(service: CompleteCluster['spec']['service']): ServiceView {
  return {
    type: service?.type ?? 'ClusterIP',
    nodePort: service?.nodePort ?? null,
    ipFamilyPolicy: service?.ipFamilyPolicy ?? null,
    ipFamilies: service?.ipFamilies ?? null,
    internalTrafficPolicy: service?.internalTrafficPolicy ?? null,
    externalTrafficPolicy: service?.externalTrafficPolicy ?? null,
  }
}

/** An instance is dead after a whole lease of silence; it may be found ready five times a loop. */
function probeView(leaseSeconds: number, loopSeconds: number): ClusterView['probe'] {
  const readinessPeriod = Math.max(1, Math.floor(loopSeconds / 5))
  return {
    timeout: Math.max(1, Math.floor(loopSeconds / 2)),
    livenessPeriod: loopSeconds,
    livenessFailures: Math.max(1, Math.floor(leaseSeconds / loopSeconds)),
    readinessPeriod,
    readinessFailures: Math.max(1, Math.floor(leaseSeconds / readinessPeriod)),
  }
}

export function clusterView(document: CompleteCluster, facts: Facts): ClusterView {
  const {metadata, spec} = document
  const names = clusterNames(metadata.name)
  const labels = clusterLabels(metadata.name)
  const primary = {...labels, [Label.role]: Role.primary}
  return {
    cluster: {
      namespace: facts.namespace,
      port: spec.port,
      portText: String(spec.port),
      patroniPort: spec.patroni.port,
      backups: spec.backups?.pgbackrest !== undefined,
    },
    names: {
      ha: names.ha,
      haConfig: names.haConfig,
      primaryService: names.primaryService,
      replicaService: names.replicaService,
      podService: names.podService,
      configMap: names.configMap,
      clusterCertSecret: names.clusterCertSecret,
      replicationCertSecret: names.replicationCertSecret,
      pgbackrestConfigMap: names.pgbackrestConfigMap,
      pgbackrestSecret: names.pgbackrestSecret,
      repoHost: names.repoHost,
      serviceAccount: names.instanceServiceAccount,
    },
    labels: {
      cluster: labels,
      patroni: patroniLabels(metadata.name),
      primary,
      primarySlice: {
        ...primary,
        'kubernetes.io/service-name': names.primaryService,
        'endpointslice.kubernetes.io/managed-by': 'pgk',
      },
      replicas: {...labels, [Label.role]: Role.replica},
      pgbackrestConfig: pgbackrestConfigLabels(metadata.name),
      repoHost: repoHostLabels(metadata.name),
    },
    image: {
      ...facts.images,
      pullPolicy: spec.imagePullPolicy ?? null,
      pullSecrets: spec.imagePullSecrets ?? null,
    },
    patroni: {
      config: clusterConfig(document, facts.namespace),
      endpoints: [names.ha, names.haConfig, names.haFailover, names.haSync],
      pods: facts.instances.map(instance => instanceNames(instance.name).pod),
    },
    probe: probeView(spec.patroni.leaderLeaseDurationSeconds, spec.patroni.syncPeriodSeconds),
    primary: {
      address: facts.haServiceIp ?? null,
      addressType: facts.haServiceIp?.includes(':') ? 'IPv6' : 'IPv4',
    },
    leader: serviceView(spec.service),
    replicas: serviceView(spec.replicaService),
  }
}
