import {withDefaults} from '../../../lib/model/defaults.ts'
import {parseDocument} from '../../../lib/model/parse.ts'
import {clusterArgs} from '../../../lib/ui/cluster-command.ts'
import {ScheduleCommand} from '../../../lib/ui/schedule-command.ts'

export default class BackupScheduleList extends ScheduleCommand {
  static override summary = 'List the schedules of backups, in words, with their next runs in UTC.'
  static override description =
    'Schedules run as CronJobs, without pgk and in UTC.\nNeeds the rights to list what a cluster is made of.'
  static override examples = ['<%= config.bin %> backup schedule list hippo']
  static override args = clusterArgs
  static override flags = {}

  async run(): Promise<void> {
    const {args} = await this.begin(BackupScheduleList)
    const deps = await this.open()
    const {document} = await this.cluster(args.name, deps)
    const {name = '', namespace = deps.namespace} = document.metadata
    await this.showSchedules(deps, withDefaults(parseDocument(document, `cluster ${namespace}/${name}`)))
  }
}
