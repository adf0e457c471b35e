import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultPause extends PgkCommand {
  static override summary = 'Stop all processes of a container with SIGSTOP; they hang until it is undone.'
  static override description =
    'A container that is restarted meanwhile, because its probes fail, runs again.'
  static override examples = ['<%= config.bin %> sandbox fault pause hippo-pg-1-0 --for 30s']
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    container: string({char: 'c', summary: 'Which container; the first one of the pod by default.'}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultPause)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'pause',
        pod: args.pod,
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(flags.container === undefined ? {} : {container: flags.container}),
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
