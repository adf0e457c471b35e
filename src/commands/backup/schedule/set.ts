import {option, string} from '@oclif/core/flags'
import {withDefaults} from '../../../lib/model/defaults.ts'
import {parseDocument} from '../../../lib/model/parse.ts'
import {cronWords} from '../../../lib/pgbackrest/schedule-times.ts'
import {convergeFlags} from '../../../lib/ui/change-command.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand, scheduleFlags} from '../../../lib/ui/schedule-command.ts'
import {repoOf} from '../../../lib/verbs/backup.ts'
import {setSchedule} from '../../../lib/verbs/schedule.ts'

export default class BackupScheduleSet extends ScheduleCommand {
  static override summary = 'Make backups of one type regularly, or change when.'
  static override description =
    'Five fields (minute hour day month weekday) or @daily and the like, in UTC. A run is left out while the\n' +
    'one before is still at work.\nNeeds the same rights as apply.'
  static override examples = [
    {
      description: 'A full backup on Sundays, an incremental one every hour',
      command:
        '<%= config.bin %> backup schedule set hippo --type full --cron "0 1 * * 0"\n' +
        '<%= config.bin %> backup schedule set hippo --type incr --cron "15 * * * *"',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    ...scheduleFlags,
    type: option({
      summary: 'The type of backup.',
      options: ['full', 'diff', 'incr'] as const,
      required: true,
    })(),
    cron: string({summary: 'When, in UTC.', helpValue: '"0 1 * * 0"', required: true}),
    ...convergeFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupScheduleSet)
    const deps = await this.open()
    const stored = await this.cluster(args.name, deps)
    const {name = '', namespace = deps.namespace} = stored.document.metadata
    const document = withDefaults(parseDocument(stored.document, `cluster ${namespace}/${name}`))
    const repo = repoOf(document, flags.repo)
    const {type, cron} = flags
    const change = (before: typeof document | Parameters<typeof setSchedule>[0]) =>
      setSchedule(before, {repo, type}, cron)
    change(document)
    const said = `A ${type} backup to ${repo}: ${cronWords(cron)}, UTC.`
    await this.reschedule(deps, flags, stored, {said, change})
  }
}
