import {string as text} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {defaultSandbox, sandboxFiles, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

const shell = 'command -v bash >/dev/null && exec bash || exec sh'

export default class SandboxShell extends PgkCommand {
  static override summary = 'Open a shell in a container of the Kubernetes on this machine.'
  static override args = {pod: text({description: 'The pod.', required: true})}
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    container: string({char: 'c', summary: 'Which container; the first one of the pod by default.'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(SandboxShell)
    requireRoot(thisMachine(), 'shell')
    const {firstContainer} = await import('../../lib/sandbox/host/pod.ts')
    const {requireRunning} = await import('../../lib/sandbox/host/running.ts')
    const paths = sandboxPaths(flags.name, this.world.terminal.environment)
    await requireRunning(flags.name, paths)
    const {kubeconfig} = sandboxFiles(paths)
    const {namespace} = flags
    const {kube, namespace: chosen} = await this.world.connect(
      {kubeconfig, ...(namespace === undefined ? {} : {namespace})},
      {say: line => this.say(line)},
    )
    const pod = await kube.get({apiVersion: 'v1', kind: 'Pod', name: args.pod, namespace: chosen})
    const {stdin, stdout} = this.world.terminal
    const code = await kube.execAttached({
      namespace: chosen,
      pod: args.pod,
      container: flags.container ?? firstContainer(pod, args.pod),
      command: ['sh', '-c', shell],
      tty: Boolean(stdin.isTTY) && Boolean(stdout.isTTY),
    })
    if (code !== 0) this.exit(code)
  }
}
