import {CRD_NAME, crd} from '../lib/model/crd.ts'
import {PgkCommand} from '../lib/ui/command.ts'
import {changeFlags} from '../lib/ui/flags.ts'

export default class Install extends PgkCommand {
  static override summary = 'Install the PostgresCluster resource into this Kubernetes.'
  static override description =
    'With it a cluster is an object of its own that kubectl shows. Without it everything works as well: a\n' +
    'document then lives in a ConfigMap, which takes rights in one namespace only.\n' +
    'Needs the right to patch customresourcedefinitions.apiextensions.k8s.io in the whole cluster.'
  static override examples = ['<%= config.bin %> install', '<%= config.bin %> install --dry-run server']
  static override args = {}
  static override flags = {'dry-run': changeFlags['dry-run']}

  async run(): Promise<void> {
    const {flags} = await this.begin(Install)
    const dryRun = flags['dry-run'] !== 'none'
    if (flags['dry-run'] !== 'client') {
      const {kube} = await this.open()
      await kube.apply(crd(), {dryRun, force: true})
    }
    const result = {
      apiVersion: 'pgk/v1',
      kind: 'Installation',
      name: CRD_NAME,
      installed: !dryRun,
    } as const
    await this.show(result, {
      table: () => `${dryRun ? 'Would install' : 'Installed'} ${CRD_NAME}\n`,
      name: () => [`customresourcedefinition/${CRD_NAME}`],
    })
  }
}
