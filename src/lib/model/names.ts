/** pgBackRest's words for the three kinds of backup. */
export type BackupType = 'full' | 'diff' | 'incr'

/** Kubernetes allows 52 characters where an instance gets a controller-revision-hash label; a suffix takes 6. */
export const MAX_CLUSTER_AND_SET = 46

/** The fixed names of a cluster's objects (PGO's). */
export interface ClusterNames {
  /** Patroni's scope, the leader Service and the Endpoints with the leader's annotations. */
  ha: string
  haConfig: string
  haFailover: string
  haSync: string
  primaryService: string
  replicaService: string
  podService: string
  configMap: string
  rootCaSecret: string
  clusterCertSecret: string
  replicationCertSecret: string
  pgbackrestConfigMap: string
  pgbackrestSecret: string
  repoHost: string
  repoHostPod: string
  instanceServiceAccount: string
  pgbackrestServiceAccount: string
  restoreJob: string
  monitoringSecret: string
  pgBouncer: string
  /** The ConfigMap that holds the document where the custom resource is not installed. */
  documentConfigMap: string
  /** The Lease that keeps two pgk apart. */
  lease: string
}

export const clusterNames = (cluster: string): ClusterNames => ({
  ha: `${cluster}-ha`,
  haConfig: `${cluster}-ha-config`,
  haFailover: `${cluster}-ha-failover`,
  haSync: `${cluster}-ha-sync`,
  primaryService: `${cluster}-primary`,
  replicaService: `${cluster}-replicas`,
  podService: `${cluster}-pods`,
  configMap: `${cluster}-config`,
  rootCaSecret: `${cluster}-root-cacert`,
  clusterCertSecret: `${cluster}-cluster-cert`,
  replicationCertSecret: `${cluster}-replication-cert`,
  pgbackrestConfigMap: `${cluster}-pgbackrest-config`,
  pgbackrestSecret: `${cluster}-pgbackrest`,
  repoHost: `${cluster}-repo-host`,
  repoHostPod: `${cluster}-repo-host-0`,
  instanceServiceAccount: `${cluster}-instance`,
  pgbackrestServiceAccount: `${cluster}-pgbackrest`,
  restoreJob: `${cluster}-pgbackrest-restore`,
  monitoringSecret: `${cluster}-monitoring`,
  pgBouncer: `${cluster}-pgbouncer`,
  documentConfigMap: `${cluster}-pgk`,
  lease: `${cluster}-pgk`,
})

/** The fixed names of an instance's objects. The StatefulSet has the instance's own name. */
export interface InstanceNames {
  pod: string
  configMap: string
  certsSecret: string
  dataVolume: string
  walVolume: string
}

export const instanceNames = (instance: string): InstanceNames => ({
  pod: `${instance}-0`,
  configMap: `${instance}-config`,
  certsSecret: `${instance}-certs`,
  dataVolume: `${instance}-pgdata`,
  walVolume: `${instance}-pgwal`,
})

/** `hippo-pg-1`. Numbers start at 1. */
export const instanceName = (cluster: string, set: string, number: number): string =>
  `${cluster}-${set}-${number}`

/**
 * The name of the next instance: the lowest number that none of `taken` uses, so that an instance
 * that comes back finds the volume it left.
 */
export function nextInstanceName(cluster: string, set: string, taken: Iterable<string>): string {
  const names = new Set(taken)
  let number = 1
  while (names.has(instanceName(cluster, set, number))) number += 1
  return instanceName(cluster, set, number)
}

/** The instance a pod belongs to: `hippo-pg-1-0` gives `hippo-pg-1`. */
export const instanceOfPod = (pod: string): string => pod.replace(/-0$/, '')

/** PGO's name of an instance set without one: its two-digit place in the list. */
export const instanceSetName = (name: string | undefined, index: number): string =>
  name === undefined || name === '' ? String(index).padStart(2, '0') : name

export const disruptionBudgetName = (cluster: string, set: string): string => `${cluster}-set-${set}`
export const pgUserSecretName = (cluster: string, user: string): string => `${cluster}-pguser-${user}`
export const repoVolumeName = (cluster: string, repo: string): string => `${cluster}-${repo}`
export const backupCronJobName = (cluster: string, repo: string, type: BackupType): string =>
  `${cluster}-${repo}-${type}`
/** `suffix` keeps Jobs apart: up to five characters of the alphabet that names allow. */
export const backupJobName = (cluster: string, suffix: string): string => `${cluster}-backup-${suffix}`

/**
 * The four names a Service or pod answers to inside Kubernetes, shortest first. `domain` is the cluster
 * domain without its trailing dot, such as `cluster.local`.
 */
export const dnsForms = (name: string, namespace: string, domain: string): string[] => [
  name,
  `${name}.${namespace}`,
  `${name}.${namespace}.svc`,
  `${name}.${namespace}.svc.${domain}`,
]

/** A pod's stable name: `hippo-pg-1-0.hippo-pods`. */
export const podHost = (cluster: string, pod: string): string => `${pod}.${clusterNames(cluster).podService}`
