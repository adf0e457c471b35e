import {convergeFlags} from '../../../lib/ui/change-command.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand, scheduleFlags} from '../../../lib/ui/schedule-command.ts'
import {restSchedules} from '../../../lib/verbs/schedule.ts'

export default class BackupScheduleSuspend extends ScheduleCommand {
  static override summary = 'Let schedules rest until they are resumed.'
  static override description =
    'Without --type and --repo all of them. A backup that runs goes on.\nNeeds the same rights as apply.'
  static override examples = ['<%= config.bin %> backup schedule suspend hippo --type full']
  static override args = clusterArgs
  static override flags = {...scheduleFlags, ...convergeFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupScheduleSuspend)
    await this.changeChosen(args.name, flags, {
      said: 'Suspended',
      change: (document, chosen) => restSchedules(document, chosen, true),
    })
  }
}
