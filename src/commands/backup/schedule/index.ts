import BackupScheduleList from './list.ts'

/** Without a verb the schedules are listed. */
export default class BackupSchedules extends BackupScheduleList {
  static override summary = 'List, set, remove, suspend and resume schedules of backups.'
  static override description =
    'Without a verb it lists them.\nNeeds the rights to list what a cluster is made of.'
  static override examples = ['<%= config.bin %> backup schedule hippo']
}
