import {readFile} from 'node:fs/promises'
import {string} from '@oclif/core/flags'
import {defaultSandbox, sandboxFiles, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

export default class SandboxKubeconfig extends PgkCommand {
  static override summary = 'Print the kubeconfig of the Kubernetes on this machine.'
  static override examples = ['<%= config.bin %> sandbox kubeconfig > ~/.kube/sandbox']
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(SandboxKubeconfig)
    requireRoot(thisMachine(), 'kubeconfig')
    const {requireRunning} = await import('../../lib/sandbox/host/running.ts')
    const paths = sandboxPaths(flags.name, this.world.terminal.environment)
    await requireRunning(flags.name, paths)
    this.world.terminal.stdout.write(await readFile(sandboxFiles(paths).kubeconfig, 'utf8'))
  }
}
