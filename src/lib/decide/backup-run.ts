import {notFoundError, type PgkError, refusedError} from '../errors.ts'
import {BackupReason, LABEL_PREFIX, Label} from '../model/labels.ts'
import type {BackupType} from '../model/names.ts'
import {count, list, text} from '../observe/fields.ts'
import {noQuestions, type Questions} from '../observe/questions.ts'
import {type JobSeen, readPod} from '../observe/seen.ts'
import {leaderOf, type Observed, objectsOf} from '../observe/snapshot.ts'
import type {BackupSet} from '../pgbackrest/backup-set.ts'
import {type BackupProgress, hasStanza} from '../pgbackrest/info.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import {pgbackrestFailure} from '../pgbackrest/outcome.ts'
import type {KubeObject} from '../ports.ts'
import type {Action, Decision, Milestone} from './decision.ts'
import {still} from './standstill.ts'

/** Job annotation: the type of the backup that it makes. */
export const backupTypeAnnotation = `${LABEL_PREFIX}pgk-backup-type`
/** Annotation inside the repository by which a set is found again: the Job that made it. */
export const jobAnnotation = 'pgk-job'

export interface BackupOrder {
  repo: string
  type: BackupType
}

export interface BackupRun {
  seen: Observed
  order: BackupOrder
  needsRepoHost: boolean
  /** The Job to start where none is followed yet. */
  job: KubeObject
  /** The Job that is followed: one that was found running, or the one started. */
  following: string | undefined
  /** True once that Job was seen: only then can it be gone. */
  shown: boolean
  /** As the process that copies tells; undefined while nothing is copied or nobody can be asked. */
  progress: BackupProgress | undefined
  bytesPerSecond: number | undefined
  formatBytes(count: number): string
}

const nameOf = ({metadata}: KubeObject): string => metadata.name ?? ''

/** A backup of any kind that works on the repository now. */
const runningJobs = (seen: Observed, repo: string): JobSeen[] =>
  seen.jobs.filter(
    job =>
      job.labels[Label.pgbackrestBackup] !== undefined &&
      job.labels[Label.pgbackrestRepo] === repo &&
      job.state === 'active' &&
      !job.deleting,
  )

/** The running Job that makes just what is asked for. */
export const attachable = (seen: Observed, {repo, type}: BackupOrder): JobSeen | undefined =>
  runningJobs(seen, repo).find(
    ({labels, annotations}) =>
      labels[Label.pgbackrestBackup] === BackupReason.manual && annotations[backupTypeAnnotation] === type,
  )

/** Their logs are worth keeping for a while, not for ever. */
const keptJobs = 3

/** One-off Jobs that ended long ago: each has a name of its own, so nothing else replaces them. */
function cleared(seen: Observed): Action[] {
  return seen.jobs
    .filter(
      job =>
        job.labels[Label.pgbackrestBackup] === BackupReason.manual &&
        job.annotations[backupTypeAnnotation] !== undefined &&
        job.state !== 'active' &&
        !job.deleting,
    )
    .sort((left, right) => (right.startedAt ?? '').localeCompare(left.startedAt ?? ''))
    .slice(keptJobs)
    .map(({name, uid}) => ({kind: 'remove-job', job: name, uid}))
}

/** Why no backup can be started now; undefined when one can. */
function refusal({seen, order, needsRepoHost}: BackupRun): PgkError | undefined {
  const object = `cluster ${seen.namespace}/${seen.cluster}`
  const look = `See how it is: pgk status ${seen.cluster} -n ${seen.namespace}`
  const [other] = runningJobs(seen, order.repo)
  if (other) {
    return refusedError('BACKUP_RUNNING', `another backup to ${order.repo} is running`, {
      object: `Job ${seen.namespace}/${other.name}`,
      hints: [`Follow it: kubectl logs -f job/${other.name} -n ${seen.namespace}`],
    })
  }
  if (leaderOf(seen) === undefined) {
    return refusedError('NO_LEADER', 'no instance leads, and a backup needs a primary', {
      object,
      hints: [look],
    })
  }
  if (needsRepoHost && seen.repoHost?.ready !== true) {
    return refusedError('REPO_HOST_NOT_READY', 'the repository host is not ready', {object, hints: [look]})
  }
  const answer = seen.answers.backups
  if (answer?.known !== true) return undefined
  const number = repoNumber(order.repo)
  const found = answer.value.repos.find(repo => repo.number === number)
  if (found?.state === 'unreadable') {
    return refusedError('REPOSITORY_UNREADABLE', `${order.repo} cannot be read`, {
      object,
      reason: found.message,
      hints: ['Check that it can be reached, its keys and its cipher key.'],
    })
  }
  if (!hasStanza(answer.value, number)) {
    return refusedError('STANZA_MISSING', `${order.repo} has no stanza`, {
      object,
      hints: [
        `Have pgk complete the cluster: pgk export ${seen.cluster} -n ${seen.namespace} | pgk apply -f -`,
      ],
    })
  }
  return undefined
}

export const setOfJob = (seen: Observed, job: string): BackupSet | undefined =>
  seen.answers.backups?.known
    ? seen.answers.backups.value.backups.find(set => set.annotations[jobAnnotation] === job)
    : undefined

/** The newest pod of a Job. */
export const podOfJob = (seen: Observed, job: string): KubeObject | undefined =>
  objectsOf(seen, 'Pod').findLast(pod => pod.metadata.labels?.['job-name'] === job)

function failure(seen: Observed, job: JobSeen): PgkError {
  const pod = podOfJob(seen, job.name)
  const ended = list(pod, 'status', 'containerStatuses')[0]
  const words = text(ended, 'state', 'terminated', 'message') ?? job.message
  return pgbackrestFailure('the backup', {
    exitCode: count(ended, 'state', 'terminated', 'exitCode'),
    words,
    object: `Job ${seen.namespace}/${job.name}`,
    cluster: {name: seen.cluster, namespace: seen.namespace},
  })
}

function copied({
  progress,
  bytesPerSecond,
  formatBytes,
}: BackupRun): {detail: string; tenths: number} | undefined {
  const {doneBytes, sizeBytes} = progress ?? {}
  if (doneBytes === undefined || sizeBytes === undefined || sizeBytes === 0) return undefined
  const share = Math.min(1, doneBytes / sizeBytes)
  const rate = bytesPerSecond === undefined ? '' : `, ${formatBytes(bytesPerSecond)}/s`
  return {
    detail: `${Math.floor(share * 100)} % (${formatBytes(doneBytes)} of ${formatBytes(sizeBytes)}${rate})`,
    tenths: Math.floor(share * 10) * 10,
  }
}

const questions: Questions = {...noQuestions, backups: true}

const step = (id: string, title: string, state: Milestone['state'], detail?: string): Milestone => ({
  id,
  title,
  state,
  ...(detail === undefined ? {} : {detail}),
})

/** Pure. One backup, from its Job to its set in the repository. */
export function decideBackup(run: BackupRun): Decision {
  const {seen, job, following} = run
  const decision = (part: Partial<Decision>): Decision => ({...still, questions, ...part})
  const name = following ?? nameOf(job)
  const found = seen.jobs.find(candidate => candidate.name === name)
  if (following === undefined) {
    const milestones = [step('job', 'Backup Job', 'active'), step('copy', 'Copied', 'pending')]
    const stuck = refusal(run)
    if (stuck) return decision({stuck, milestones})
    const answer = seen.answers.backups
    if (answer?.known !== true) {
      const why = answer === undefined ? '' : `: ${answer.reason}`
      return decision({milestones, waiting: `the repository is asked${why}`})
    }
    return decision({
      milestones,
      actions: [{kind: 'start-job', job}, ...cleared(seen)],
      waiting: 'the Job starts',
    })
  }
  if (found === undefined && !run.shown) {
    return decision({milestones: [step('job', 'Backup Job', 'active', name)], waiting: 'the Job starts'})
  }
  if (found === undefined) {
    const hints = ['Run the same command again.']
    const gone = notFoundError('JOB_GONE', 'the backup Job was removed', {
      object: `Job ${seen.namespace}/${name}`,
      hints,
    })
    return decision({stuck: gone})
  }
  if (found.state === 'failed') {
    return decision({milestones: [step('job', 'Backup Job', 'failed', name)], stuck: failure(seen, found)})
  }
  const pod = podOfJob(seen, name)
  const runs = pod !== undefined && text(pod, 'status', 'phase') !== 'Pending'
  const started = step('job', 'Backup Job', runs ? 'done' : 'active', name)
  if (found.state === 'active') {
    const copy = copied(run)
    const trouble = pod && readPod(pod).trouble?.message
    const waiting = runs
      ? copy === undefined
        ? 'pgBackRest prepares the backup, or waits for its WAL'
        : `${copy.tenths} % are copied`
      : (trouble ?? 'the pod starts')
    return decision({
      milestones: [started, step('copy', 'Copied', runs ? 'active' : 'pending', copy?.detail)],
      waiting,
    })
  }
  const set = setOfJob(seen, name)
  const shown = step('copy', 'Copied', 'done', set && `${set.label}`)
  const waiting = set ? undefined : 'the repository does not show the backup yet'
  return decision({
    milestones: [step('job', 'Backup Job', 'done', name), shown],
    waiting,
    settled: set !== undefined,
  })
}
