import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultPartition extends PgkCommand {
  static override summary = 'Cut a pod or a node off the network.'
  static override description =
    'Packets are dropped in both directions, those of open connections too. A node that cannot reach the API server can neither renew its Lease nor do what the API server wants.'
  static override examples = [
    {
      description: 'A leader that cannot renew its lease',
      command: '<%= config.bin %> sandbox fault partition hippo-pg-1-0 --from api',
    },
    {
      description: 'A node that nobody reaches, for a minute',
      command: '<%= config.bin %> sandbox fault partition --node node-2 --for 1m',
    },
  ]
  static override args = {pod: text({description: 'The pod; or name a node.'})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    node: string({summary: 'A node with all its pods, instead of a pod.'}),
    from: string({summary: 'From what: all, pods, api, or the name of one pod.', default: 'all'}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultPartition)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'partition',
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(args.pod === undefined ? {} : {pod: args.pod}),
        ...(flags.node === undefined ? {} : {node: flags.node}),
        from: flags.from,
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
