import {withDefaults} from '../../../lib/model/defaults.ts'
import {parseDocument} from '../../../lib/model/parse.ts'
import {convergeFlags} from '../../../lib/ui/change-command.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand, scheduleFlags} from '../../../lib/ui/schedule-command.ts'
import {repoOf} from '../../../lib/verbs/backup.ts'
import {chosenSchedules, restSchedules} from '../../../lib/verbs/schedule.ts'

export default class BackupScheduleSuspend extends ScheduleCommand {
  static override summary = 'Let schedules rest until they are resumed.'
  static override description =
    'Without --type and --repo all of them. A backup that runs goes on.\nNeeds the same rights as apply.'
  static override examples = ['<%= config.bin %> backup schedule suspend hippo --type full']
  static override args = clusterArgs
  static override flags = {...scheduleFlags, ...convergeFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupScheduleSuspend)
    const deps = await this.open()
    const stored = await this.cluster(args.name, deps)
    const {name = '', namespace = deps.namespace} = stored.document.metadata
    const present = parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const repo = flags.repo === undefined ? undefined : repoOf(withDefaults(present), flags.repo)
    const chosen = {repo, type: flags.type}
    const which = chosenSchedules(present, chosen).map(one => `${one.type} to ${one.repo}`)
    await this.reschedule(deps, flags, stored, {
      said: `Suspended: ${which.join(', ')}.`,
      change: document => restSchedules(document, chosen, true),
    })
  }
}
