import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultCrash extends PgkCommand {
  static override summary = 'Crash the program in a container: its processes get SIGSEGV.'
  static override description =
    'All but the first process, which the kernel protects; with --process only those whose command line holds the text.'
  static override examples = [
    '<%= config.bin %> sandbox fault crash hippo-pg-1-0',
    '<%= config.bin %> sandbox fault crash hippo-pg-1-0 --process "postgres -D"',
  ]
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    container: string({char: 'c', summary: 'Which container; the first one of the pod by default.'}),
    process: string({summary: 'Only processes whose command line holds this.', helpValue: '<text>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultCrash)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'crash',
        pod: args.pod,
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(flags.container === undefined ? {} : {container: flags.container}),
        ...(flags.process === undefined ? {} : {process: flags.process}),
      },
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
