import {boolean} from '@oclif/core/flags'
import {stringify} from 'yaml'
import {Annotation} from '../lib/model/labels.ts'
import {ClusterCommand, clusterArgs} from '../lib/ui/cluster-command.ts'

export default class Export extends ClusterCommand {
  static override summary = 'Print a cluster’s manifest, ready for pgk apply -f.'
  static override description =
    'Without what Kubernetes adds, so that it can be kept in a repository and applied elsewhere.\n' +
    'Needs the right to get configmaps (and postgresclusters where installed).'
  static override examples = [
    '<%= config.bin %> export hippo > hippo.yaml',
    {
      description: 'Without its namespace, for another one',
      command: '<%= config.bin %> export hippo --portable',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    portable: boolean({summary: 'Leave the namespace out.'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(Export)
    const deps = await this.open()
    const {document} = await this.cluster(args.name, deps)
    const {name, namespace, labels, annotations: told} = document.metadata
    // It holds for the target that the cluster was made with; who edits that is not bound by it.
    const {[Annotation.promisedLsn]: promised, ...rest} = told ?? {}
    const annotations = promised === undefined ? told : rest
    const manifest = {
      apiVersion: document.apiVersion,
      kind: document.kind,
      metadata: {name, ...(flags.portable ? {} : {namespace}), labels, annotations},
      spec: document['spec'],
    }
    const plain: unknown = JSON.parse(JSON.stringify(manifest))
    await this.show(manifest, {
      table: () => stringify(plain, {lineWidth: 0}),
      name: () => [`postgrescluster/${name}`],
    })
  }
}
