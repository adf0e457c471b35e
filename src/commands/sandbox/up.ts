import {integer, string} from '@oclif/core/flags'
import {defaultSandbox, sandboxPaths} from '../../lib/sandbox/host/paths.ts'
import type {UpStage} from '../../lib/sandbox/host/up.ts'
import {PgkCommand} from '../../lib/ui/command.ts'
import type {Step} from '../../lib/ui/progress.ts'

const titles: Record<UpStage, string> = {
  images: 'Container images',
  unpack: 'Container runtime',
  nodes: 'API server and nodes',
}
const stages: readonly UpStage[] = ['images', 'unpack', 'nodes']

export default class SandboxUp extends PgkCommand {
  static override summary = 'Start a Kubernetes on this machine, with real containers.'
  static override description =
    'Needs root on Linux. The first time it builds the images from Debian packages; after that it takes seconds. ' +
    'A sandbox that runs is left as it is.'
  static override examples = [
    '<%= config.bin %> sandbox up',
    '<%= config.bin %> sandbox up --name ci --nodes 1',
  ]
  static override flags = {
    name: string({summary: 'Which sandbox.', default: defaultSandbox, env: 'PGK_SANDBOX'}),
    nodes: integer({summary: 'Number of nodes of a new sandbox.', default: 3, min: 1, max: 20}),
    image: string({
      summary: 'Also build this image: monitoring.',
      options: ['monitoring'],
      multiple: true,
      default: [],
    }),
    range: string({summary: 'The private /16 of a new sandbox.', helpValue: '<10.X.0.0/16>'}),
    mirror: string({
      summary: 'The Debian mirror to build from instead of the one that apt uses.',
      helpValue: '<url>',
      env: 'PGK_SANDBOX_MIRROR',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(SandboxUp)
    const {bringUp} = await import('../../lib/sandbox/host/up.ts')
    const {preflight, thisMachine} = await import('../../lib/sandbox/host/preflight.ts')
    const {sandboxStatus} = await import('../../lib/sandbox/host/status.ts')
    const {statusText} = await import('../../lib/sandbox/host/status-text.ts')
    const paths = sandboxPaths(flags.name, this.world.terminal.environment)
    // What the machine lacks is told before any step seems to have begun.
    preflight(thisMachine())
    const progress = await this.progress()
    const show = (stage: UpStage, message?: string) => progress.show(stepsAt(stage), message)
    show('images')
    try {
      await bringUp({
        name: flags.name,
        paths,
        nodes: flags.nodes,
        images: ['postgres', ...flags.image],
        ...(flags.range === undefined ? {} : {range: flags.range}),
        ...(flags.mirror === undefined ? {} : {mirror: flags.mirror}),
        progress: show,
      })
      progress.show(stepsAt(undefined), undefined)
      await progress.stop()
    } catch (error) {
      await progress.stop(error instanceof Error ? error.message : String(error))
      throw error
    }
    const status = await sandboxStatus(flags.name, paths)
    await this.show(status, {
      table: colour => statusText(status, colour),
      name: () => [`sandbox/${flags.name}`],
    })
  }
}

/** Everything before the current stage is done; without a current stage everything is. */
function stepsAt(current: UpStage | undefined): Step[] {
  const now = current === undefined ? stages.length : stages.indexOf(current)
  return stages.map((id, index) => ({
    id,
    title: titles[id],
    state: index < now ? 'done' : index === now ? 'active' : 'pending',
  }))
}
