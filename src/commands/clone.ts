import {string as stringArg} from '@oclif/core/args'
import {boolean, integer, string} from '@oclif/core/flags'
import {convergeFlags} from '../lib/ui/change-command.ts'
import {CloneCommand} from '../lib/ui/clone-command.ts'
import {targetFlags} from '../lib/ui/restore-flags.ts'

const {latest: _, ...pointFlags} = targetFlags
const points = ['pitr', 'backup', 'lsn', 'xid', 'name'] as const

export default class Clone extends CloneCommand {
  static override summary = 'Make a new cluster with the data of another one.'
  static override description =
    'The data comes from the repository: the source goes on without load on its leader, and is only read.\n' +
    'The new cluster has a repository, certificates and passwords of its own. Run again, it goes on.\n' +
    'Needs the rights of create cluster in the namespace of the new one, and to read the source’s Secrets.'
  static override examples = [
    '<%= config.bin %> clone hippo rhino',
    {
      description: 'As it was, in another namespace',
      command: '<%= config.bin %> clone hippo rhino --to-namespace test --pitr "1 hour ago" --replicas 1',
    },
  ]
  static override args = {
    name: stringArg({description: 'The cluster to copy.', required: true}),
    new: stringArg({description: 'Name of the new cluster.', required: true}),
  }
  static override flags = {
    ...pointFlags,
    'to-namespace': string({summary: 'The namespace of the new cluster. [default: the source’s]'}),
    replicas: integer({summary: 'Number of instances of the new cluster. [default: the source’s]', min: 1}),
    plan: boolean({summary: 'Only show what would happen.'}),
    ...convergeFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(Clone)
    const deps = await this.open()
    const from = {namespace: deps.namespace, name: args.name}
    const to = {namespace: flags['to-namespace'] ?? deps.namespace, name: args.new}
    const latest = points.every(point => flags[point] === undefined)
    await this.clone(deps, {...flags, latest}, {from, to})
  }
}
