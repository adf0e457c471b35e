import {lookAtBackups} from '../../lib/observe/backup-look.ts'
import {recoverability} from '../../lib/pgbackrest/recoverability.ts'
import {type BackupWindow, windowViews} from '../../lib/ui/backup-view.ts'
import {ClusterCommand, clusterArgs} from '../../lib/ui/cluster-command.ts'

export default class BackupWindowCommand extends ClusterCommand {
  static override summary = 'Show from which to which moment a cluster can be restored, and the gaps.'
  static override description =
    'Reads the list of archived WAL of every repository: a missing file is a gap, whatever the archiver says.\n' +
    'Needs the rights to list what a cluster is made of and to create pods/exec.'
  static override examples = ['<%= config.bin %> backup window hippo']
  static override args = clusterArgs

  async run(): Promise<void> {
    const {args} = await this.begin(BackupWindowCommand)
    const deps = await this.open()
    const {document, facts, seen} = await lookAtBackups(deps, await this.cluster(args.name, deps), {
      archives: true,
    })
    for (const {source, reason} of seen.unknown) this.say(`Not known: ${source}: ${reason}`)
    const {name, namespace = deps.namespace} = document.metadata
    const {windows, rpoSeconds} = recoverability(facts)
    const gaps = windows.flatMap(window => window.gaps)
    const found: BackupWindow = {
      apiVersion: 'pgk/v1',
      kind: 'BackupWindow',
      metadata: {name, namespace},
      windows,
      gaps,
      rpoSeconds,
    }
    await this.show(found, windowViews(found))
  }
}
