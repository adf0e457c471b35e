import {boolean, string} from '@oclif/core/flags'
import {defaultSandbox, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

export default class SandboxDown extends PgkCommand {
  static override summary = 'Stop the Kubernetes on this machine and clean up after it.'
  static override description =
    'Objects and volumes stay for the next `sandbox up`. With --purge they are lost too; built images stay.'
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    purge: boolean({summary: 'Also remove all objects and volumes.'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(SandboxDown)
    requireRoot(thisMachine(), 'down')
    const {bringDown} = await import('../../lib/sandbox/host/down.ts')
    const paths = sandboxPaths(flags.name, this.world.terminal.environment)
    const ended = await bringDown({
      name: flags.name,
      paths,
      purge: flags.purge,
      progress: message => this.say(message),
    })
    const result = {apiVersion: 'pgk/v1', kind: 'SandboxDown', name: flags.name, ended, purged: flags.purge}
    const text = ended ? `The sandbox ${flags.name} is down.` : `The sandbox ${flags.name} was not up.`
    await this.show(result, {table: () => `${text}\n`, name: () => [`sandbox/${flags.name}`]})
  }
}
