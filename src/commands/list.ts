import {boolean, string} from '@oclif/core/flags'
import {overview} from '../lib/observe/overview.ts'
import {PgkCommand} from '../lib/ui/command.ts'
import {listViews} from '../lib/ui/list-view.ts'

export default class List extends PgkCommand {
  static override summary = 'List clusters, one line each.'
  static override description =
    'Reads Kubernetes objects only, so it answers at once and also while Postgres is down.\n' +
    'Needs the rights to list configmaps, pods, endpoints and statefulsets (and postgresclusters where installed).'
  static override hiddenAliases = ['ls']
  static override examples = [
    {description: 'The clusters of the present namespace', command: '<%= config.bin %> list'},
    {
      description: 'All clusters of team a, with endpoints',
      command: '<%= config.bin %> list -A -l team=a -o wide',
    },
  ]
  static override args = {}
  static override flags = {
    'all-namespaces': boolean({char: 'A', summary: 'In all namespaces.'}),
    selector: string({char: 'l', summary: 'Only clusters with these labels.', helpValue: '<label=value>'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(List)
    const deps = await this.open()
    const everywhere = flags['all-namespaces']
    const options = everywhere ? {} : {namespace: deps.namespace}
    const {selector} = flags
    const documents = deps.store.list({
      ...options,
      ...(selector === undefined ? {} : {labelSelector: selector}),
    })
    const result = await overview(deps, documents, options)
    if (result.items.length === 0) {
      this.say(`No clusters ${everywhere ? 'in any namespace' : `in namespace ${deps.namespace}`}.`)
    }
    await this.show(result, listViews(result, everywhere))
  }
}
