/** Every label and annotation of a cluster's objects starts with this, as in PGO. */
export const LABEL_PREFIX = 'postgres-operator.crunchydata.com/'

/** Label keys. Random names are found again by these, never by name. */
export const Label = {
  cluster: `${LABEL_PREFIX}cluster`,
  clusterCertificate: `${LABEL_PREFIX}cluster-certificate`,
  data: `${LABEL_PREFIX}data`,
  instance: `${LABEL_PREFIX}instance`,
  instanceSet: `${LABEL_PREFIX}instance-set`,
  patroni: `${LABEL_PREFIX}patroni`,
  pgbackrest: `${LABEL_PREFIX}pgbackrest`,
  pgbackrestBackup: `${LABEL_PREFIX}pgbackrest-backup`,
  pgbackrestConfig: `${LABEL_PREFIX}pgbackrest-config`,
  pgbackrestCronJob: `${LABEL_PREFIX}pgbackrest-cronjob`,
  pgbackrestDrill: `${LABEL_PREFIX}pgbackrest-drill`,
  pgbackrestDedicated: `${LABEL_PREFIX}pgbackrest-dedicated`,
  pgbackrestRepo: `${LABEL_PREFIX}pgbackrest-repo`,
  pgbackrestRestore: `${LABEL_PREFIX}pgbackrest-restore`,
  pgbackrestVolume: `${LABEL_PREFIX}pgbackrest-volume`,
  pgUser: `${LABEL_PREFIX}pguser`,
  role: `${LABEL_PREFIX}role`,
  startupInstance: `${LABEL_PREFIX}startup-instance`,
  version: `${LABEL_PREFIX}version`,
} as const

/** Annotation keys that PGO reads from a PostgresCluster or writes on its objects. */
export const Annotation = {
  authorizeBackupRemoval: `${LABEL_PREFIX}authorizeBackupRemoval`,
  finalizer: `${LABEL_PREFIX}finalizer`,
  pgbackrestBackup: `${LABEL_PREFIX}pgbackrest-backup`,
  pgbackrestHash: `${LABEL_PREFIX}pgbackrest-hash`,
  pgbackrestRestore: `${LABEL_PREFIX}pgbackrest-restore`,
  /** pgk's own, on the document of a cluster made from another's repository: the flags of its target. */
  clonedWith: `${LABEL_PREFIX}pgk-cloned-with`,
  /** pgk's own, beside `clonedWith`: what the recovery of that target must reach, such as `0/5000060`. */
  promisedLsn: `${LABEL_PREFIX}pgk-promised-lsn`,
  /** pgk's own, on the document: schedules that rest, such as `repo1-full,repo2-incr`. */
  suspendedSchedules: `${LABEL_PREFIX}pgk-suspended-schedules`,
  triggerSwitchover: `${LABEL_PREFIX}trigger-switchover`,
} as const

/** Values of the `role` label. Patroni writes `master` and `replica` on pods. */
export const Role = {
  leader: 'master',
  monitoring: 'monitoring',
  pgBouncer: 'pgbouncer',
  pgData: 'pgdata',
  pgUser: 'pguser',
  pgWal: 'pgwal',
  primary: 'primary',
  replica: 'replica',
} as const

/** Values of the `data` label: what a pod or volume holds. */
export const Data = {pgbackrest: 'pgbackrest', postgres: 'postgres'} as const

/** Values of the `pgbackrest-backup` label: why a backup Job was started. */
export const BackupReason = {
  manual: 'manual',
  replicaCreate: 'replica-create',
  scheduled: 'scheduled',
} as const
export type BackupReason = (typeof BackupReason)[keyof typeof BackupReason]

/** Values of the `cluster-certificate` label. */
export const ClusterCertificate = {postgres: 'postgres-tls', replication: 'replication-client-tls'} as const

export type Labels = Record<string, string>

/** What every object of a cluster carries. */
export const clusterLabels = (cluster: string): Labels => ({[Label.cluster]: cluster})

/** Objects of one instance: its ConfigMap, certificates, volumes, StatefulSet. */
export const instanceLabels = (cluster: string, set: string, instance: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.instance]: instance,
  [Label.instanceSet]: set,
})

/** An instance's pod. Without the `patroni` label its members would not see one another. */
export const instancePodLabels = (cluster: string, set: string, instance: string): Labels => ({
  ...instanceLabels(cluster, set, instance),
  [Label.data]: Data.postgres,
  [Label.patroni]: `${cluster}-ha`,
})

/** A data or WAL volume of an instance. */
export const instanceVolumeLabels = (
  cluster: string,
  set: string,
  instance: string,
  role: typeof Role.pgData | typeof Role.pgWal,
): Labels => ({
  ...instanceLabels(cluster, set, instance),
  [Label.data]: Data.postgres,
  [Label.role]: role,
})

/** The Services and Endpoints that Patroni uses. */
export const patroniLabels = (cluster: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.patroni]: `${cluster}-ha`,
})

/** ConfigMap and Secret of pgBackRest. */
export const pgbackrestConfigLabels = (cluster: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.pgbackrest]: '',
  [Label.pgbackrestConfig]: '',
})

/** The repository host: StatefulSet and pod. */
export const repoHostLabels = (cluster: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.data]: Data.pgbackrest,
  [Label.pgbackrest]: '',
  [Label.pgbackrestDedicated]: '',
})

/** The volume of a repository such as `repo1`. */
export const repoVolumeLabels = (cluster: string, repo: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.data]: Data.pgbackrest,
  [Label.pgbackrest]: '',
  [Label.pgbackrestRepo]: repo,
  [Label.pgbackrestVolume]: '',
})

/** A backup Job or the CronJob that makes them. */
export const backupLabels = (cluster: string, repo: string, reason: BackupReason): Labels => ({
  ...clusterLabels(cluster),
  [Label.pgbackrest]: '',
  [Label.pgbackrestBackup]: reason,
  [Label.pgbackrestRepo]: repo,
})

/** The CronJob of one schedule; `type` is pgBackRest's word. */
export const backupCronJobLabels = (
  cluster: string,
  repo: string,
  type: 'full' | 'diff' | 'incr',
): Labels => ({
  ...backupLabels(cluster, repo, BackupReason.scheduled),
  [Label.pgbackrestCronJob]: type,
})

/** The Secret with a user's password. */
export const pgUserLabels = (cluster: string, user: string): Labels => ({
  ...clusterLabels(cluster),
  [Label.pgUser]: user,
  [Label.role]: Role.pgUser,
})

/** A label selector in the query form; an empty value asks for equality with the empty string. */
export const selector = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
