import {string as text} from '@oclif/core/args'
import {integer, string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultLoss extends PgkCommand {
  static override summary = 'Lose packets to and from a pod, or all pods of a node.'
  static override examples = ['<%= config.bin %> sandbox fault loss hippo-pg-2-0 --percent 20']
  static override args = {pod: text({description: 'The pod; or name a node.'})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    node: string({summary: 'A node with all its pods, instead of a pod.'}),
    percent: integer({summary: 'How many packets of 100.', default: 10, min: 1, max: 100}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultLoss)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'loss',
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(args.pod === undefined ? {} : {pod: args.pod}),
        ...(flags.node === undefined ? {} : {node: flags.node}),
        percent: flags.percent,
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
