import type {CompleteCluster} from '../model/document.ts'
import {type BackupType, backupCronJobName} from '../model/names.ts'
import {reposOf} from './repos.ts'

export interface BackupSchedule {
  /** The CronJob's name. */
  name: string
  repo: string
  type: BackupType
  cron: string
}

/** Every schedule of the document, in the order of repositories, full before differential before incremental. */
export function backupSchedules(document: CompleteCluster): BackupSchedule[] {
  return reposOf(document).flatMap(({name: repo, schedules}) => {
    const lines: [BackupType, string | undefined][] = [
      ['full', schedules?.full],
      ['diff', schedules?.differential],
      ['incr', schedules?.incremental],
    ]
    return lines.flatMap(([type, cron]) =>
      cron === undefined
        ? []
        : [{name: backupCronJobName(document.metadata.name, repo, type), repo, type, cron}],
    )
  })
}
