import {notFoundError, refusedError, usageError} from '../errors.ts'
import {cronComplaint} from '../model/cron.ts'
import {withDefaults} from '../model/defaults.ts'
import type {PostgresCluster, Repo} from '../model/document.ts'
import {Annotation} from '../model/labels.ts'
import type {BackupType} from '../model/names.ts'
import {
  type BackupSchedule,
  backupSchedules,
  scheduleKey,
  suspendedSchedules,
} from '../pgbackrest/schedules.ts'

const fields = {full: 'full', diff: 'differential', incr: 'incremental'} as const

/** Which schedules are meant; what is left out means any. */
export interface Chosen {
  repo: string | undefined
  type: BackupType | undefined
}

const repos = (document: PostgresCluster): readonly Repo[] => document.spec.backups?.pgbackrest?.repos ?? []

function withRepo(document: PostgresCluster, name: string, change: (repo: Repo) => Repo): PostgresCluster {
  const {backups} = document.spec
  const pgbackrest = backups?.pgbackrest
  if (pgbackrest === undefined) {
    throw refusedError('NO_BACKUPS', `cluster ${document.metadata.name} has no backups`)
  }
  const changed = repos(document).map(repo => (repo.name === name ? change(repo) : repo))
  return {
    ...document,
    spec: {...document.spec, backups: {...backups, pgbackrest: {...pgbackrest, repos: changed}}},
  }
}

function withSuspended(document: PostgresCluster, keys: ReadonlySet<string>): PostgresCluster {
  const {[Annotation.suspendedSchedules]: _, ...rest} = document.metadata.annotations ?? {}
  const value = [...keys].sort().join(',')
  const annotations = value === '' ? rest : {...rest, [Annotation.suspendedSchedules]: value}
  return {...document, metadata: {...document.metadata, annotations}}
}

/** Sets when backups of one type go to a repository. Throws a usage error for what is no schedule. */
export function setSchedule(
  document: PostgresCluster,
  {repo, type}: {repo: string; type: BackupType},
  cron: string,
): PostgresCluster {
  const complaint = cronComplaint(cron)
  if (complaint !== undefined) {
    throw usageError('SCHEDULE_INVALID', `"${cron}" is no schedule: it ${complaint}`, {
      object: 'flag --cron',
      hints: ['For example "0 1 * * 0": at 01:00 UTC on Sundays.'],
    })
  }
  return withRepo(document, repo, found => ({
    ...found,
    schedules: {...found.schedules, [fields[type]]: cron},
  }))
}

/** The schedules that are meant. Throws where there is none. */
export function chosenSchedules(document: PostgresCluster, {repo, type}: Chosen): BackupSchedule[] {
  const all = backupSchedules(withDefaults(document))
  const found = all.filter(
    one => (repo === undefined || one.repo === repo) && (type === undefined || one.type === type),
  )
  if (found.length > 0) return found
  const {name, namespace} = document.metadata
  const known = all.map(one => `${one.type} to ${one.repo}`).join(', ')
  throw notFoundError('SCHEDULE_NOT_FOUND', 'there is no such schedule', {
    object: `cluster ${name}`,
    hints: [
      known === ''
        ? `Make one: pgk backup schedule set ${name}${namespace === undefined ? '' : ` -n ${namespace}`} --type full --cron "0 1 * * 0"`
        : `There are: ${known}`,
    ],
  })
}

export function removeSchedules(document: PostgresCluster, chosen: Chosen): PostgresCluster {
  const gone = chosenSchedules(document, chosen)
  const without = gone.reduce(
    (left, {repo, type}) =>
      withRepo(left, repo, found => {
        const {[fields[type]]: _, ...schedules} = found.schedules ?? {}
        const {schedules: __, ...rest} = found
        return Object.keys(schedules).length === 0 ? rest : {...rest, schedules}
      }),
    document,
  )
  const resting = suspendedSchedules(document)
  for (const schedule of gone) resting.delete(scheduleKey(schedule))
  return withSuspended(without, resting)
}

export function restSchedules(
  document: PostgresCluster,
  chosen: Chosen,
  suspended: boolean,
): PostgresCluster {
  const resting = suspendedSchedules(document)
  for (const schedule of chosenSchedules(document, chosen)) {
    if (suspended) resting.add(scheduleKey(schedule))
    else resting.delete(scheduleKey(schedule))
  }
  return withSuspended(document, resting)
}
