import {string as text} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {defaultSandbox} from '../../../lib/sandbox/host/paths.ts'
import {PgkCommand} from '../../../lib/ui/command.ts'

export default class FaultUndo extends PgkCommand {
  static override summary = 'Undo what was broken on purpose.'
  static override examples = [
    '<%= config.bin %> sandbox fault undo pause-1',
    '<%= config.bin %> sandbox fault undo --all',
  ]
  static override args = {id: text({description: 'The fault, as `list` names it.'})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    all: boolean({summary: 'Every fault.', default: false}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(FaultUndo)
    if ((args.id === undefined) !== flags.all) {
      const {usageError} = await import('../../../lib/errors.ts')
      throw usageError('FAULT_ID', 'name either one fault or all of them', {
        hints: ['pgk sandbox fault list', 'pgk sandbox fault undo --all'],
      })
    }
    const {connectFaults} = await import('../../../lib/sandbox/faults/client.ts')
    const {faultsResult, faultsViews} = await import('../../../lib/sandbox/faults/report.ts')
    const faults = await connectFaults(flags.name, this.world.terminal.environment)
    const ended = await faults.undo(args.id)
    const views = faultsViews(ended, 'Nothing was broken on purpose.')
    const table = ended.length === 0 ? views.table : () => `Undone:\n${views.table()}`
    await this.show(faultsResult(ended), {...views, table})
  }
}
