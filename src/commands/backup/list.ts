import {string} from '@oclif/core/flags'
import {lookAtBackups} from '../../lib/observe/backup-look.ts'
import {backupList} from '../../lib/observe/backup-report.ts'
import {backupListViews} from '../../lib/ui/backup-view.ts'
import {ClusterCommand, clusterArgs} from '../../lib/ui/cluster-command.ts'
import {repoOf} from '../../lib/verbs/backup.ts'

export default class BackupListCommand extends ClusterCommand {
  static override summary = 'List the backups of a cluster, in all its repositories.'
  static override description =
    'With -o wide also the WAL each needs, the sets it builds on and its annotations.\n' +
    'Needs the rights to list what a cluster is made of and to create pods/exec.'
  static override examples = [
    '<%= config.bin %> backup list hippo',
    {
      description: 'The newest label',
      command: '<%= config.bin %> backup list hippo -o json | jq -r ".items[-1].label"',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    repo: string({summary: 'Only this repository, by number or name.', helpValue: 'N'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupListCommand)
    const deps = await this.open()
    const {document, info} = await lookAtBackups(deps, await this.cluster(args.name, deps), {archives: false})
    const {name, namespace = deps.namespace} = document.metadata
    const all = backupList({name, namespace}, info, document.status?.pgbackrest?.verified ?? [])
    const repo = flags.repo === undefined ? undefined : repoOf(document, flags.repo)
    const found = {...all, items: all.items.filter(item => repo === undefined || item.repo === repo)}
    await this.show(found, backupListViews(found, deps.clock.now()))
  }
}
