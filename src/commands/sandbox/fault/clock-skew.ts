import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultClockSkew extends PgkCommand {
  static override summary = 'Not possible here: a pod’s clock is the machine’s clock.'
  static override description =
    'Linux has namespaces for the monotonic clock only. The real-time clock is the same for all processes of a ' +
    'machine, so that setting it for one pod would set it for everything.'
  static override examples = ['<%= config.bin %> sandbox fault --help']
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
  }
  static override strict = false

  async run(): Promise<void> {
    await this.begin(FaultClockSkew)
    const {refusedError} = await import('../../../lib/errors.ts')
    throw refusedError('CLOCK_SKEW_IMPOSSIBLE', 'the clock of one pod cannot be set', {
      reason: 'Linux’ time namespaces do not cover CLOCK_REALTIME: all containers of a machine share it',
      hints: ['For clocks that differ, run the instances on machines of their own.'],
    })
  }
}
