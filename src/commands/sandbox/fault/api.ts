import {string as text} from '@oclif/core/args'
import {integer, string} from '@oclif/core/flags'
import {parseApiMode} from '../../../lib/sandbox/faults/modes.ts'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'
import {duration} from '../../../lib/ui/flags.ts'

export default class FaultApi extends PgkCommand {
  static override summary = 'Make the API server misbehave towards all its clients, pods included.'
  static override description =
    'slow: answers come later. 429, 500, 409: requests are answered with this. watch-drop: watches end early. down: connections are refused. silent: nothing comes back at all. The nodes and controllers of the sandbox itself go on.'
  static override examples = [
    '<%= config.bin %> sandbox fault api down --for 20s',
    '<%= config.bin %> sandbox fault api slow --delay 2s',
    '<%= config.bin %> sandbox fault api 500 --percent 30 --for 1m',
  ]
  static override args = {
    mode: text({description: 'slow, 429, 500, 409, watch-drop, down or silent.', required: true}),
  }
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    percent: integer({summary: 'Share of the requests that are slow or fail.', min: 1, max: 100}),
    delay: duration({
      summary: 'Of slow: how much later an answer comes. Of watch-drop: how long a watch lasts.',
      default: 1,
      defaultHelp: async () => '1s',
    }),
    for: duration({summary: 'Undo it by itself after this time.', helpValue: '<30s>'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultApi)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultResult, faultViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const done = await faults.arm({
      fault: {
        kind: 'api',
        mode: parseApiMode(args.mode),
        milliseconds: Math.round(flags.delay * 1000),
        ...(flags.percent === undefined ? {} : {percent: flags.percent}),
      },
      ...(flags.for === undefined ? {} : {seconds: flags.for}),
    })
    await this.show(faultResult(done), faultViews(flags.name, done))
  }
}
