import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultNodeDown extends PgkCommand {
  static override summary = 'Take a node down: its pods hang, nothing reaches them, its kubelet is silent.'
  static override description =
    'After 50 seconds without a renewed Lease the node is not ready and tainted, as in any Kubernetes.'
  static override examples = ['<%= config.bin %> sandbox fault node-down node-2 --for 2m']
  static override args = {node: text({description: 'The node.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultNodeDown)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {kind: 'node-down', node: args.node},
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
