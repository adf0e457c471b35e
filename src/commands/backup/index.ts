import {boolean, option, string} from '@oclif/core/flags'
import {jobOf, runBackup} from '../../lib/converge/backup.ts'
import {backupTypeAnnotation, jobAnnotation} from '../../lib/decide/backup-run.ts'
import {PgkError} from '../../lib/errors.ts'
import {lookAtBackups} from '../../lib/observe/backup-look.ts'
import {backupOf} from '../../lib/observe/backup-report.ts'
import {backupViews} from '../../lib/ui/backup-view.ts'
import {ChangeCommand, convergeFlags} from '../../lib/ui/change-command.ts'
import {clusterArgs} from '../../lib/ui/cluster-command.ts'
import {duration} from '../../lib/ui/flags.ts'
import {bytes} from '../../lib/ui/words.ts'
import {annotationsOf, oneOffJob, repoOf} from '../../lib/verbs/backup.ts'

const {templates, wait, 'cluster-domain': clusterDomain, 'dry-run': dryRun} = convergeFlags

export default class BackupCommand extends ChangeCommand {
  static override summary = 'Make a backup now, and follow it to the end.'
  static override description =
    'Runs as a Job that needs no rights at the API. Ctrl-C stops watching only; the same command takes it up\n' +
    'again. A backup that was cut off is resumed by the next one of its type.\n' +
    'Needs the rights to create jobs, to list what a cluster is made of and to create pods/exec.'
  static override examples = [
    '<%= config.bin %> backup hippo',
    '<%= config.bin %> backup hippo --type full --repo 2',
    {
      description: 'With a note that backup list shows',
      command: '<%= config.bin %> backup hippo --annotation why=before-upgrade',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    'one-off': boolean({summary: 'Make one backup now; this is what happens anyway.', default: true}),
    type: option({
      summary: 'full stands alone, diff needs the last full, incr the last of any type.',
      options: ['full', 'diff', 'incr'] as const,
      default: 'incr',
    })(),
    repo: string({summary: 'The repository, by number or name; the first one.', helpValue: 'N'}),
    annotation: string({summary: 'A note kept with the backup.', helpValue: 'key=value', multiple: true}),
    'dry-run': dryRun,
    wait,
    timeout: duration({summary: 'How long to watch.', default: 86_400, defaultHelp: async () => '24h'}),
    templates,
    'cluster-domain': clusterDomain,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupCommand)
    const annotations = annotationsOf(flags.annotation ?? [])
    const deps = await this.open()
    const stored = await this.cluster(args.name, deps)
    const {document, seen} = await lookAtBackups(deps, stored, {archives: false})
    const {name, namespace = deps.namespace} = document.metadata
    const order = {repo: repoOf(document, flags.repo), type: flags.type}
    const {apiVersion, kind, name: ownerName, uid} = stored.owner
    const request = {
      cluster: {namespace, name},
      document,
      owner: {apiVersion, kind, name: ownerName, uid},
      clusterDomain: flags['cluster-domain'],
      order,
      job: oneOffJob({
        cluster: name,
        ...order,
        annotations,
        random: deps.random.bytes(8),
        keys: {type: backupTypeAnnotation, job: jobAnnotation},
      }),
    }
    const ports = await this.engine(deps, flags)
    if (flags['dry-run'] !== 'none') {
      const job = jobOf(ports, request, seen)
      if (flags['dry-run'] === 'server') await deps.kube.create(job, {dryRun: true})
      return this.showChanges(
        [`A backup of type ${order.type} to ${order.repo}`],
        [{kind: 'Job', name: request.job.name, action: 'create', diff: ''}],
      )
    }
    const progress = await this.progress()
    try {
      const made = await this.watching(signal =>
        runBackup(ports, {
          ...request,
          timeoutSeconds: flags.wait ? flags.timeout : 15,
          until: flags.wait ? 'done' : 'started',
          signal,
          resume: this.commandLine,
          formatBytes: bytes,
          attached: job => this.say(`A backup of that kind is running already; following Job ${job}.`),
          progress: (steps, waiting) => progress.show(steps, waiting),
        }),
      )
      await progress.stop()
      if (made.set === undefined) {
        this.say(`Begun as Job ${made.job}, not waited for. Go on with: ${this.commandLine}`)
        return
      }
      const backup = backupOf(made.set, [made.set], [])
      // Only this set was looked at: what it refers to was there, or it could not have been made.
      const result = {...backup, error: made.set.damaged ? backup.error : null, job: made.job}
      await this.show(result, backupViews(result))
    } catch (error) {
      const said = error instanceof PgkError && error.exitCode === 130 ? undefined : String(error)
      await progress.stop(said)
      throw error
    }
  }
}
