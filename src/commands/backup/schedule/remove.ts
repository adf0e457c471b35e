import {convergeFlags} from '../../../lib/ui/change-command.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand, scheduleFlags} from '../../../lib/ui/schedule-command.ts'
import {removeSchedules} from '../../../lib/verbs/schedule.ts'

export default class BackupScheduleRemove extends ScheduleCommand {
  static override summary = 'Remove schedules; the backups that they made stay.'
  static override description = 'Without --type and --repo all of them.\nNeeds the same rights as apply.'
  static override examples = ['<%= config.bin %> backup schedule remove hippo --type full']
  static override args = clusterArgs
  static override flags = {...scheduleFlags, ...convergeFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupScheduleRemove)
    await this.changeChosen(args.name, flags, {
      said: 'Removed',
      change: removeSchedules,
    })
  }
}
