import type {CompleteCluster, PostgresCluster} from '../model/document.ts'
import {Annotation} from '../model/labels.ts'
import {type BackupType, backupCronJobName} from '../model/names.ts'
import {reposOf} from './repos.ts'

export interface BackupSchedule {
  /** The CronJob's name. */
  name: string
  repo: string
  type: BackupType
  cron: string
  /** It rests until it is resumed. */
  suspended: boolean
}

/** How a schedule is named where it is suspended: `repo1-full`. */
export const scheduleKey = ({repo, type}: Pick<BackupSchedule, 'repo' | 'type'>): string => `${repo}-${type}`

export const suspendedSchedules = ({metadata}: Pick<PostgresCluster, 'metadata'>): Set<string> =>
  new Set((metadata.annotations?.[Annotation.suspendedSchedules] ?? '').split(',').filter(key => key !== ''))

/** Every schedule of the document, in the order of repositories, full before differential before incremental. */
export function backupSchedules(document: CompleteCluster): BackupSchedule[] {
  const resting = suspendedSchedules(document)
  return reposOf(document).flatMap(({name: repo, schedules}) => {
    const lines: [BackupType, string | undefined][] = [
      ['full', schedules?.full],
      ['diff', schedules?.differential],
      ['incr', schedules?.incremental],
    ]
    return lines.flatMap(([type, cron]) =>
      cron === undefined
        ? []
        : [
            {
              name: backupCronJobName(document.metadata.name, repo, type),
              repo,
              type,
              cron,
              suspended: resting.has(scheduleKey({repo, type})),
            },
          ],
    )
  })
}
