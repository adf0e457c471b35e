import {string} from '@oclif/core/flags'
import {defaultSandbox, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import {requireRoot, thisMachine} from '../../lib/sandbox/host/preflight.ts'
import {PgkCommand} from '../../lib/ui/command.ts'

export default class SandboxLoadImage extends PgkCommand {
  static override summary = 'Give the Kubernetes on this machine the images of an archive.'
  static override description = 'The archive is what `podman save` or `docker save` writes.'
  static override examples = [
    {
      description: 'An image of yours',
      command: 'docker save -o app.tar app:1 && <%= config.bin %> sandbox load-image app.tar',
    },
  ]
  static override strict = false
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
  }
  static override usage = 'sandbox load-image FILE...'

  async run(): Promise<void> {
    const {flags, rest} = await this.begin(SandboxLoadImage)
    requireRoot(thisMachine(), 'load-image')
    const {usageError} = await import('../../lib/errors.ts')
    if (rest.length === 0) {
      throw usageError('FILE_MISSING', 'no archive is named', {hints: ['pgk sandbox load-image image.tar']})
    }
    const {containerdPlaces} = await import('../../lib/sandbox/host/containerd/containerd.ts')
    const {requireRunning} = await import('../../lib/sandbox/host/running.ts')
    const {loadImages} = await import('../../lib/sandbox/image/load.ts')
    const paths = sandboxPaths(flags.name, this.world.terminal.environment)
    await requireRunning(flags.name, paths)
    const images: string[] = []
    for (const file of rest) images.push(...(await loadImages(containerdPlaces(paths).socket, file)))
    const result = {apiVersion: 'pgk/v1', kind: 'SandboxImages', images}
    await this.show(result, {table: () => images.map(name => `${name}\n`).join(''), name: () => images})
  }
}
