import {boolean, integer, option, string} from '@oclif/core/flags'
import {defaultSandbox, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

export default class SandboxLogs extends PgkCommand {
  static override summary = 'Show what the Kubernetes on this machine has to say about itself.'
  static override description = 'For the logs of pods there is `kubectl logs`.'
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    of: option({
      summary: 'The daemon with API server, controllers and nodes, or the container runtime.',
      options: ['daemon', 'containerd'] as const,
      default: 'daemon',
    })(),
    lines: integer({summary: 'How many of the last lines.', default: 100, min: 0}),
    follow: boolean({char: 'f', summary: 'Go on with new lines as they come.'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(SandboxLogs)
    requireRoot(thisMachine(), 'logs')
    const {followLog, lastOfLog, logFile} = await import('../../lib/sandbox/host/logs.ts')
    const file = logFile(sandboxPaths(flags.name, this.world.terminal.environment), flags.of)
    const {stdout} = this.world.terminal
    const {text, end} = await lastOfLog(file, flags.lines)
    stdout.write(text)
    if (!flags.follow) return
    await this.watching(async signal => {
      for await (const piece of followLog(file, end, signal)) stdout.write(piece)
    })
  }
}
