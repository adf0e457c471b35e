import {string} from '@oclif/core/flags'
import {defaultSandbox, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

export default class SandboxStatus extends PgkCommand {
  static override summary = 'Show the Kubernetes on this machine: nodes, images, what is broken on purpose.'
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(SandboxStatus)
    requireRoot(thisMachine(), 'status')
    const {sandboxStatus} = await import('../../lib/sandbox/host/status.ts')
    const {statusText} = await import('../../lib/sandbox/host/status-text.ts')
    const status = await sandboxStatus(flags.name, sandboxPaths(flags.name, this.world.terminal.environment))
    await this.show(status, {
      table: colour => statusText(status, colour),
      name: () => [`sandbox/${flags.name}`],
    })
  }
}
