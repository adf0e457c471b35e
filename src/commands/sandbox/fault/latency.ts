import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultLatency extends PgkCommand {
  static override summary = 'Make a pod, or all pods of a node, slow to reach.'
  static override description =
    'Every packet to it takes longer. Needs /dev/net/tun and perl, which every Debian has.'
  static override examples = ['<%= config.bin %> sandbox fault latency hippo-pg-2-0 --delay 100ms --for 1m']
  static override args = {pod: text({description: 'The pod; or name a node.'})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    node: string({summary: 'A node with all its pods, instead of a pod.'}),
    delay: duration({summary: 'How much longer.', default: 0.1, defaultHelp: async () => '100ms'}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultLatency)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'latency',
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(args.pod === undefined ? {} : {pod: args.pod}),
        ...(flags.node === undefined ? {} : {node: flags.node}),
        milliseconds: Math.round(flags.delay * 1000),
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
