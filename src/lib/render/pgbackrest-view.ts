import type {CompleteCluster, Repo} from '../model/document.ts'
import {
  type BackupReason,
  backupCronJobLabels,
  backupLabels,
  type Labels,
  repoHostLabels,
  repoVolumeLabels,
} from '../model/labels.ts'
import {type BackupType, repoVolumeName} from '../model/names.ts'
import {repoDirectory} from '../model/repo-place.ts'
import {instanceConf, repoConf, scratchDirectories, serverConf} from '../pgbackrest/config.ts'
import {repoNumber, stanza} from '../pgbackrest/layout.ts'
import {volumeRepos} from '../pgbackrest/repos.ts'
import type {BackupSchedule} from '../pgbackrest/schedules.ts'
import {makeDirectoriesCommand} from '../postgres/startup.ts'
import type {Facts} from './facts.ts'
import {claimSpec} from './instance-view.ts'
import {besideRepoHost, spread} from './scheduling.ts'

/** What all objects of pgBackRest share. */
export interface PgbackrestViews {
  pgbackrest: {
    instanceConf: string
    repoConf: string
    serverConf: string
    /** The document's own projections, beside the files above. */
    configuration: readonly object[]
    /** Entries of `volumes` and `volumeMounts`, one for each repository on a volume. */
    repoVolumes: readonly object[]
    repoMounts: readonly object[]
  }
  repoHost: {
    replicas: 0 | 1
    makeDirectoriesCommand: readonly string[]
    resources: object | null
    affinity: object | null
    tolerations: readonly object[] | null
    topologySpreadConstraints: readonly object[]
    priorityClassName: string | null
  }
  /** What the document says of backup Jobs. */
  jobs: {
    resources: object | null
    affinity: object | null
    tolerations: readonly object[] | null
    priorityClassName: string | null
    ttlSecondsAfterFinished: number | null
  }
}

export interface RepoView {
  volume: string
  labels: Labels
  volumeSpec: object
}

export interface BackupView {
  name: string
  labels: Labels
  annotations: Readonly<Record<string, string>> | null
  backoffLimit: number
  command: readonly string[]
}

export interface ScheduleView {
  name: string
  labels: Labels
  cron: string
  suspend: boolean
  /** The `spec` of the backup Job that `pgbackrest/backup-job` makes. */
  jobSpec: unknown
}

/** One backup to make. */
export interface BackupRequest {
  /** The Job's name. */
  name: string
  /** `repo1` */
  repo: string
  type: BackupType
  reason: BackupReason
  /** Further arguments of `pgbackrest backup`, such as `--annotation=why=upgrade`. */
  options?: readonly string[]
  /** Of the Job. */
  annotations?: Readonly<Record<string, string>>
}

export function pgbackrestViews(document: CompleteCluster, facts: Facts): PgbackrestViews {
  const {metadata, spec} = document
  const {configuration, jobs, repoHost} = spec.backups?.pgbackrest ?? {}
  const runningInstances = facts.instances.filter(({running}) => running).map(({name}) => name)
  const pgbackrest = {namespace: facts.namespace, clusterDomain: facts.clusterDomain, runningInstances}
  const volumes = volumeRepos(document)
  const beside = besideRepoHost(jobs?.affinity, repoHostLabels(metadata.name))
  return {
    pgbackrest: {
      instanceConf: instanceConf(document, pgbackrest),
      repoConf: repoConf(document, pgbackrest),
      serverConf: serverConf(document),
      configuration: configuration ?? [],
      repoVolumes: volumes.map(({name}) => ({
        name,
        persistentVolumeClaim: {claimName: repoVolumeName(metadata.name, name)},
      })),
      repoMounts: volumes.map(({name}) => ({name, mountPath: repoDirectory(name)})),
    },
    repoHost: {
      // It serves the archive until the last instance has gone.
      replicas: spec.shutdown && runningInstances.length === 0 ? 0 : 1,
      makeDirectoriesCommand: makeDirectoriesCommand(scratchDirectories(document)),
      resources: repoHost?.resources ?? null,
      affinity: repoHost?.affinity ?? null,
      tolerations: repoHost?.tolerations ?? null,
      topologySpreadConstraints: spread(metadata.name, repoHost?.topologySpreadConstraints),
      priorityClassName: repoHost?.priorityClassName ?? null,
    },
    jobs: {
      resources: jobs?.resources ?? null,
      affinity: volumes.length > 0 ? beside : (jobs?.affinity ?? null),
      tolerations: jobs?.tolerations ?? null,
      priorityClassName: jobs?.priorityClassName ?? null,
      ttlSecondsAfterFinished: jobs?.ttlSecondsAfterFinished ?? null,
    },
  }
}

/** Undefined for a repository that is on no volume. */
export function repoView(cluster: string, {name, volume}: Repo): RepoView | undefined {
  if (volume === undefined) return undefined
  return {
    volume: repoVolumeName(cluster, name),
    labels: repoVolumeLabels(cluster, name),
    volumeSpec: claimSpec(volume.volumeClaimSpec),
  }
}

/** A person waits for a manual backup and wants to see it fail; nobody waits for the others. */
const retries = (reason: BackupReason): number => (reason === 'manual' ? 0 : 2)

function backupCommand(repo: string, type: BackupType, options: readonly string[]): string[] {
  const target = [`--stanza=${stanza}`, `--repo=${repoNumber(repo)}`, `--type=${type}`]
  return ['pgbackrest', 'backup', ...target, '--log-level-console=info', '--log-level-file=off', ...options]
}

export const backupView = (cluster: string, request: BackupRequest): BackupView => ({
  name: request.name,
  labels: backupLabels(cluster, request.repo, request.reason),
  annotations: request.annotations ?? null,
  backoffLimit: retries(request.reason),
  command: backupCommand(request.repo, request.type, request.options ?? []),
})

/** A schedule waits while there is nothing to back up, and until a stanza and a first backup exist. */
export const scheduleView = (
  document: CompleteCluster,
  facts: Facts,
  schedule: BackupSchedule,
  jobSpec: unknown,
): ScheduleView => ({
  name: schedule.name,
  labels: backupCronJobLabels(document.metadata.name, schedule.repo, schedule.type),
  cron: schedule.cron,
  suspend: document.spec.shutdown || schedule.suspended || !facts.replicaCreateReady,
  jobSpec,
})
