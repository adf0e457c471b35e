import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultKill extends PgkCommand {
  static override summary = 'Kill a container: its first process gets SIGKILL.'
  static override description = 'The node restarts it, as the pod’s restart policy says.'
  static override examples = [
    '<%= config.bin %> sandbox fault kill hippo-pg-1-0',
    '<%= config.bin %> sandbox fault kill hippo-pg-1-0 -c pgbackrest -n db',
  ]
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    container: string({char: 'c', summary: 'Which container; the first one of the pod by default.'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultKill)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'kill',
        pod: args.pod,
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(flags.container === undefined ? {} : {container: flags.container}),
      },
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
