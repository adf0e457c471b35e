import {failedError, type PgkError, refusedError} from '../errors.ts'
import type {DocumentStatus} from '../model/document.ts'
import {BackupReason, Label} from '../model/labels.ts'
import type {JobSeen} from '../observe/seen.ts'
import {leaderOf, type Observed} from '../observe/snapshot.ts'
import {hasStanza, type RepoInfo, type StanzaInfo} from '../pgbackrest/info.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import type {KubeObject} from '../ports.ts'
import type {Action, Milestone} from './decision.ts'

export interface BackupInput {
  seen: Observed
  status: DocumentStatus
  /** Names in the document's order: `repo1`, … The first one takes the first backup. */
  repos: readonly string[]
  /** True when the repository host, where one is needed, can serve. */
  repositoryReady: boolean
  /** True when every replica streams, or has been waited for long enough. */
  replicasSettled: boolean
  /** When this run of pgk began: what failed before is tried again. */
  startedAt: Date
  /** The Job of the first backup; `attempt` counts from 1. */
  firstBackupJob(attempt: number): KubeObject
}

export interface BackupPlan {
  actions: readonly Action[]
  milestones: readonly Milestone[]
  waiting: string | undefined
  stuck: PgkError | undefined
}

/** What the document's status remembers of each repository. */
export type RepoStatus = NonNullable<NonNullable<DocumentStatus['pgbackrest']>['repos']>[number]

export const repoStatus = (status: DocumentStatus, repo: string): RepoStatus | undefined =>
  status.pgbackrest?.repos?.find(({name}) => name === repo)

/** True once the stanza of every repository was seen: schedules may start. */
export const stanzaReady = (status: DocumentStatus, repos: readonly string[]): boolean =>
  repos.length > 0 && repos.every(repo => repoStatus(status, repo)?.stanzaCreated === true)

/** True once a backup exists from which replicas can be made. */
export const replicaCreateReady = (status: DocumentStatus, repos: readonly string[]): boolean =>
  repoStatus(status, repos[0] ?? '')?.replicaCreateBackupComplete === true

const mostAttempts = 3

const unreadableRepo = (info: StanzaInfo, repo: string): RepoInfo | undefined =>
  info.repos.find(({number, state}) => number === repoNumber(repo) && state === 'unreadable')

const hasBackup = (info: StanzaInfo, repo: string): boolean =>
  info.backups.some(backup => backup.repo === repoNumber(repo) && !backup.damaged)

function remember(input: BackupInput, info: StanzaInfo): Action[] {
  const repos = input.repos.map((name, index): RepoStatus => {
    const known = repoStatus(input.status, name)
    // A repository that cannot be read now says nothing about what it holds: what was known of it stays.
    if (known !== undefined && unreadableRepo(info, name)) return known
    const stanzaCreated = hasStanza(info, repoNumber(name))
    return {name, stanzaCreated, replicaCreateBackupComplete: index === 0 && hasBackup(info, name)}
  })
  const same = repos.every(repo => {
    const known = repoStatus(input.status, repo.name)
    return (
      known?.stanzaCreated === repo.stanzaCreated &&
      (known?.replicaCreateBackupComplete ?? false) === (repo.replicaCreateBackupComplete ?? false)
    )
  })
  if (same && input.status.pgbackrest?.repos?.length === repos.length) return []
  return [{kind: 'record', status: {pgbackrest: {repos}}}]
}

/** A repository that knows another database must never be adopted. */
function foreign(input: BackupInput, info: StanzaInfo): PgkError | undefined {
  const ours = input.seen.config?.systemIdentifier
  if (ours === undefined || info.systemIdentifiers.length === 0 || info.systemIdentifiers.includes(ours)) {
    return undefined
  }
  return refusedError('FOREIGN_REPOSITORY', 'the repository holds the backups of another database', {
    object: `cluster ${input.seen.cluster}`,
    reason: `it knows system identifier ${info.systemIdentifiers.join(', ')}, this cluster is ${ours}`,
    hints: ['Give this cluster a repository path of its own: backups.pgbackrest.global.repo1-path.'],
  })
}

/** When a cluster with somebody else's data began; undefined where its data was always its own. */
function begunAt({restored, operation}: DocumentStatus): string | undefined {
  if (operation?.kind === 'clone') return operation.startedAt
  return restored?.kind === 'clone' ? restored.startedAt : undefined
}

/** A restored database has its source's identifier: only the age of a backup tells that it is not its own. */
function inherited({status, seen}: BackupInput, info: StanzaInfo): PgkError | undefined {
  const begun = begunAt(status)
  if (begun === undefined) return undefined
  const older = info.backups.find(({finishedAt}) => finishedAt < new Date(begun))
  if (older === undefined) return undefined
  return refusedError(
    'FOREIGN_REPOSITORY',
    `repo${older.repo} holds backups that this cluster did not make`,
    {
      object: `cluster ${seen.cluster}`,
      reason: `${older.label} is older than the restore that this cluster began with, at ${begun}`,
      hints: [
        `Give this cluster a repository path of its own: backups.pgbackrest.global.repo${older.repo}-path.`,
      ],
    },
  )
}

const firstBackupJobs = (jobs: readonly JobSeen[]): JobSeen[] =>
  jobs.filter(job => job.labels[Label.pgbackrestBackup] === BackupReason.replicaCreate && !job.deleting)

function firstBackup(input: BackupInput): Pick<BackupPlan, 'actions' | 'waiting' | 'stuck'> {
  const jobs = firstBackupJobs(input.seen.jobs)
  if (jobs.some(job => job.state === 'active')) {
    return {actions: [], waiting: 'the first backup runs', stuck: undefined}
  }
  // Also a Job that succeeded, when the repository has since lost what it made.
  const stale = jobs.filter(job => job.startedAt !== undefined && new Date(job.startedAt) < input.startedAt)
  const failed = jobs.filter(job => job.state === 'failed')
  if (stale.length > 0) {
    const actions = stale.map(({name, uid}): Action => ({kind: 'remove-job', job: name, uid}))
    return {actions, waiting: 'the backup Job of an earlier run is cleared away', stuck: undefined}
  }
  if (failed.length >= mostAttempts) {
    const name = failed.at(-1)?.name ?? ''
    return {
      actions: [],
      waiting: undefined,
      stuck: failedError('FIRST_BACKUP_FAILED', `the first backup failed ${failed.length} times`, {
        object: `Job ${name}`,
        hints: [
          `Read why: kubectl logs job/${name} -n ${input.seen.namespace}`,
          'Then run the same command again.',
        ],
      }),
    }
  }
  if (jobs.some(job => job.state === 'complete')) {
    return {actions: [], waiting: 'the repository does not show the first backup yet', stuck: undefined}
  }
  if (!input.replicasSettled) return {actions: [], waiting: undefined, stuck: undefined}
  const job = input.firstBackupJob(failed.length + 1)
  return {actions: [{kind: 'start-job', job}], waiting: 'the first backup starts', stuck: undefined}
}

const milestone = (
  id: string,
  title: string,
  done: boolean,
  active: boolean,
  detail?: string,
): Milestone => ({
  id,
  title,
  state: done ? 'done' : active ? 'active' : 'pending',
  ...(detail === undefined ? {} : {detail}),
})

function progressText(info: StanzaInfo | undefined): string | undefined {
  const {doneBytes, sizeBytes} = info?.running ?? {}
  if (doneBytes === undefined || sizeBytes === undefined || sizeBytes === 0) return undefined
  return `${Math.floor((doneBytes / sizeBytes) * 100)} %`
}

/** Stanza, then the first backup: each step decided from what the repository itself shows. */
export function planBackups(input: BackupInput): BackupPlan {
  const {seen, status, repos} = input
  const answer = seen.answers.backups
  const info = answer?.known ? answer.value : undefined
  const leader = leaderOf(seen)?.pod?.name
  const stanza = stanzaReady(status, repos)
  const backup = replicaCreateReady(status, repos)
  const newest = info?.backups.at(-1)?.label
  const milestones = [
    milestone('stanza', 'Backup repository', stanza, leader !== undefined && input.repositoryReady),
    milestone('backup', 'First full backup', backup, stanza, backup ? newest : progressText(info)),
  ]
  const plan = (part: Partial<BackupPlan>): BackupPlan => ({
    actions: [],
    milestones,
    waiting: undefined,
    stuck: undefined,
    ...part,
  })
  if (leader === undefined) return plan({})
  if (!input.repositoryReady) return plan({waiting: 'the repository host is not ready'})
  if (answer === undefined) return plan({waiting: stanza && backup ? undefined : 'the repository is asked'})
  if (!answer.known || info === undefined) {
    return plan({waiting: `the repository does not answer: ${answer.known ? '' : answer.reason}`})
  }
  const stranger = foreign(input, info) ?? inherited(input, info)
  if (stranger) return plan({stuck: stranger})
  const recorded = remember(input, info)
  const missing = repos.filter(repo => !hasStanza(info, repoNumber(repo)))
  if (missing.length > 0) {
    const mute = missing.map(repo => unreadableRepo(info, repo)).find(repo => repo !== undefined)
    const waiting = mute ? `repository repo${mute.number}: ${mute.message}` : 'the stanza is created'
    const made = missing.every(repo => unreadableRepo(info, repo) && repoStatus(status, repo)?.stanzaCreated)
    if (made) return plan({actions: recorded, waiting})
    return plan({actions: [...recorded, {kind: 'create-stanza', pod: leader, repos: missing}], waiting})
  }
  if (hasBackup(info, repos[0] ?? 'repo1')) return plan({actions: recorded})
  const {actions, waiting, stuck} = firstBackup(input)
  return plan({actions: [...recorded, ...actions], waiting, stuck})
}
