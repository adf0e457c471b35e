import {convergeFlags} from '../../../lib/ui/change-command.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand, scheduleFlags} from '../../../lib/ui/schedule-command.ts'
import {restSchedules} from '../../../lib/verbs/schedule.ts'

export default class BackupScheduleResume extends ScheduleCommand {
  static override summary = 'Let suspended schedules run again.'
  static override description =
    'Without --type and --repo all of them. What was missed meanwhile is not made up for.\nNeeds the same rights as apply.'
  static override examples = ['<%= config.bin %> backup schedule resume hippo --type full']
  static override args = clusterArgs
  static override flags = {...scheduleFlags, ...convergeFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupScheduleResume)
    await this.changeChosen(args.name, flags, {
      said: 'Resumed',
      change: (document, chosen) => restSchedules(document, chosen, false),
    })
  }
}
