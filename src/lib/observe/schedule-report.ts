import type {CompleteCluster} from '../model/document.ts'
import {Label} from '../model/labels.ts'
import {cronWords, nextRuns} from '../pgbackrest/schedule-times.ts'
import {backupSchedules} from '../pgbackrest/schedules.ts'
import {flag, list, text} from './fields.ts'
import {findObject, type Observed} from './snapshot.ts'

/** One schedule, as the document wants it and as Kubernetes has run it. Times RFC 3339 UTC. */
export interface ScheduleStatus {
  name: string
  repo: string
  type: 'full' | 'diff' | 'incr'
  cron: string
  /** The schedule in words. */
  words: string
  timeZone: 'UTC'
  /** `waiting`: no first backup exists yet, or the cluster is shut down. */
  state: 'active' | 'suspended' | 'waiting' | 'missing'
  /** Empty while it does not run. */
  nextRuns: readonly string[]
  lastScheduledAt: string | null
  lastSucceededAt: string | null
  /** Jobs that run now. */
  running: readonly string[]
  /** The newest Job that failed, where none has succeeded since. */
  failedJob: string | null
}

export interface ScheduleList {
  apiVersion: 'pgk/v1'
  kind: 'BackupScheduleList'
  metadata: {name: string; namespace: string}
  items: readonly ScheduleStatus[]
}

function failedJob(seen: Observed, schedule: {repo: string; type: string}): string | null {
  const jobs = seen.jobs
    .filter(
      ({labels}) =>
        labels[Label.pgbackrestRepo] === schedule.repo && labels[Label.pgbackrestCronJob] === schedule.type,
    )
    .sort((left, right) => (left.startedAt ?? '').localeCompare(right.startedAt ?? ''))
  const newest = jobs.findLast(({state}) => state !== 'active')
  return newest?.state === 'failed' ? newest.name : null
}

export function scheduleList(document: CompleteCluster, seen: Observed): ScheduleList {
  const items = backupSchedules(document).map(({name, repo, type, cron, suspended}): ScheduleStatus => {
    const cronJob = findObject(seen, 'CronJob', name)
    const rests = flag(cronJob, 'spec', 'suspend')
    const state = suspended ? 'suspended' : cronJob === undefined ? 'missing' : rests ? 'waiting' : 'active'
    return {
      name,
      repo,
      type,
      cron,
      words: cronWords(cron),
      timeZone: 'UTC',
      state,
      nextRuns: state === 'active' ? nextRuns(cron, seen.at, 3) : [],
      lastScheduledAt: text(cronJob, 'status', 'lastScheduleTime') ?? null,
      lastSucceededAt: text(cronJob, 'status', 'lastSuccessfulTime') ?? null,
      running: list(cronJob, 'status', 'active').flatMap(job => text(job, 'name') ?? []),
      failedJob: failedJob(seen, {repo, type}),
    }
  })
  return {
    apiVersion: 'pgk/v1',
    kind: 'BackupScheduleList',
    metadata: {name: seen.cluster, namespace: seen.namespace},
    items,
  }
}
