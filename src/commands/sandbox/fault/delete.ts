import {string as text} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultDelete extends PgkCommand {
  static override summary = 'Delete a pod.'
  static override description =
    'Like an eviction that asks nobody. With --force its object is gone before its processes are.'
  static override examples = ['<%= config.bin %> sandbox fault delete hippo-pg-1-0']
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    force: boolean({summary: 'Do not wait for its end.', default: false}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultDelete)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'delete',
        pod: args.pod,
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        force: flags.force,
      },
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
