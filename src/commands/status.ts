import {boolean} from '@oclif/core/flags'
import {ExitCode, PgkError} from '../lib/errors.ts'
import {clusterStatus} from '../lib/observe/status.ts'
import {ClusterCommand, clusterArgs} from '../lib/ui/cluster-command.ts'
import {duration} from '../lib/ui/flags.ts'
import {statusViews} from '../lib/ui/status-view.ts'

/** Watching outlives an API that is away for a moment; what cannot pass by itself ends it. */
function passing(error: unknown): string {
  const lasting: readonly number[] = [ExitCode.usage, ExitCode.forbidden, ExitCode.notFound]
  if (!(error instanceof PgkError) || lasting.includes(error.exitCode)) throw error
  return `${error.message}${error.reason === undefined ? '' : `: ${error.reason}`}`
}

export default class Status extends ClusterCommand {
  static override summary = 'Show how a cluster is: verdict, instances, what can be restored, endpoints.'
  static override description =
    'Answers also while the leader is down; what could not be read is listed with the reason.\n' +
    'Needs the rights to list pods, endpoints and statefulsets and to create pods/exec.'
  static override examples = [
    '<%= config.bin %> status hippo',
    '<%= config.bin %> status hippo --watch',
    {description: 'In a script', command: '<%= config.bin %> status hippo -o json | jq -r .verdict.level'},
  ]
  static override args = clusterArgs
  static override flags = {
    watch: boolean({char: 'w', summary: 'Show it again and again until Ctrl-C.'}),
    interval: duration({summary: 'How often with --watch.', default: 2, defaultHelp: async () => '2s'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(Status)
    const deps = await this.open()
    const {document} = await this.cluster(args.name, deps)
    const {name = '', namespace = ''} = document.metadata
    const look = async (): Promise<void> => {
      const status = await clusterStatus(deps, {namespace, name})
      if (flags.watch) this.clear()
      await this.show(status, statusViews(status, deps.clock.now()))
    }
    if (!flags.watch) return look()
    await this.watching(async signal => {
      while (!signal.aborted) {
        await look().catch(error => this.say(passing(error)))
        await deps.clock.sleep(flags.interval * 1000, signal).catch(() => undefined)
      }
    })
  }

  /** A terminal shows one screen; a pipe gets one after the other. */
  private clear(): void {
    const {stdout} = this.world.terminal
    if (stdout.isTTY && this.format === 'table') stdout.write('\u001b[H\u001b[2J')
  }
}
