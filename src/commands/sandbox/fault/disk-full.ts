import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultDiskFull extends PgkCommand {
  static override summary = 'Fill the volume of a pod until nothing more fits.'
  static override description =
    'A file takes all the room that is left, and whatever becomes free, until it is undone. The machine’s own disk is not filled.'
  static override examples = [
    '<%= config.bin %> sandbox fault disk-full hippo-pg-1-0',
    '<%= config.bin %> sandbox fault disk-full hippo-pg-1-0 --claim hippo-pg-1-pgwal',
  ]
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    claim: string({summary: 'Which PersistentVolumeClaim; the first one of the pod by default.'}),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultDiskFull)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'disk-full',
        pod: args.pod,
        ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
        ...(flags.claim === undefined ? {} : {claim: flags.claim}),
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
