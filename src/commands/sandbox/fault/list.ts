import {string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultList extends PgkCommand {
  static override summary = 'List what is broken on purpose.'
  static override examples = ['<%= config.bin %> sandbox fault list']
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(FaultList)
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultsResult, faultsViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await (await connectFaults(flags.name, this.world.terminal.environment)).list()
    await this.show(faultsResult(faults), faultsViews(faults, 'Nothing is broken on purpose.'))
  }
}
