import {integer, string} from '@oclif/core/flags'
import {expire, placeOf} from '../../lib/converge/maintain.ts'
import {withDefaults} from '../../lib/model/defaults.ts'
import {parseDocument} from '../../lib/model/parse.ts'
import {lookAtBackups} from '../../lib/observe/backup-look.ts'
import {retentionOf} from '../../lib/pgbackrest/expiry.ts'
import {recoverability} from '../../lib/pgbackrest/recoverability.ts'
import {reposOf} from '../../lib/pgbackrest/repos.ts'
import {ChangeCommand, convergeFlags} from '../../lib/ui/change-command.ts'
import {clusterArgs} from '../../lib/ui/cluster-command.ts'
import {expiryViews} from '../../lib/ui/maintain-view.ts'
import {moment} from '../../lib/ui/words.ts'
import {applyDocument} from '../../lib/verbs/apply.ts'
import {repoOf} from '../../lib/verbs/backup.ts'
import {withRetention} from '../../lib/verbs/retention.ts'

const {templates, wait, timeout, 'cluster-domain': clusterDomain} = convergeFlags

export default class BackupExpire extends ChangeCommand {
  static override summary = 'Show what backups need not be kept any longer, and remove it with --confirm.'
  static override description =
    'Backups expire by themselves after each new one. How much is kept is in the document; with a --retention\n' +
    'flag this shows what another value would mean, and with --confirm also writes it there.\n' +
    'Needs the rights to list what a cluster is made of and to create pods/exec; those of apply to change.'
  static override examples = [
    {description: 'Remove nothing, only look', command: '<%= config.bin %> backup expire hippo'},
    '<%= config.bin %> backup expire hippo --retention-full 4',
    '<%= config.bin %> backup expire hippo --retention-full 4 --confirm hippo',
  ]
  static override args = clusterArgs
  static override flags = {
    repo: string({summary: 'Only this repository, by number or name.', helpValue: 'N'}),
    'retention-full': integer({summary: 'How many full backups to keep.', min: 1}),
    'retention-diff': integer({summary: 'How many differential backups to keep.', min: 1}),
    'retention-archive': integer({summary: 'For how many full backups to keep WAL.', min: 1}),
    confirm: string({summary: 'The name of the cluster: removes what expires.', helpValue: 'NAME'}),
    templates,
    wait,
    timeout,
    'cluster-domain': clusterDomain,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupExpire)
    const deps = await this.open()
    const stored = await this.cluster(args.name, deps)
    const {document: present, seen, facts} = await lookAtBackups(deps, stored, {archives: true})
    const {name, namespace = deps.namespace} = present.metadata
    const repos =
      flags.repo === undefined ? reposOf(present).map(repo => repo.name) : [repoOf(present, flags.repo)]
    const before = parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const wanted = withRetention(before, repos, {
      full: flags['retention-full'],
      diff: flags['retention-diff'],
      archive: flags['retention-archive'],
    })
    const document = withDefaults(wanted)
    const place = placeOf(seen)
    const each = async (dryRun: boolean) =>
      this.watching(async signal => ({
        apiVersion: 'pgk/v1' as const,
        kind: 'BackupExpiry' as const,
        metadata: {name, namespace},
        dryRun,
        repos: await Promise.all(
          repos.map(async repo => ({
            ...(await expire(deps.kube, place, {document, repo, dryRun}, signal)),
            retention: retentionOf(document, repo),
          })),
        ),
      }))
    const would = await each(true)
    const gone = new Set(would.repos.flatMap(({repo, backups}) => backups.map(label => `${repo}/${label}`)))
    const start = (sets: typeof facts.backups): string => {
      const [window] = recoverability({...facts, backups: sets}).windows
      return window === undefined ? 'nothing could be restored' : moment(window.start)
    }
    const kept = facts.backups.filter(({repo, label}) => !gone.has(`repo${repo}/${label}`))
    const consequences = [
      `${gone.size} backups are removed for good, with the WAL that only they need`,
      `The window begins at ${start(kept)} in place of ${start(facts.backups)}`,
    ]
    if (flags.confirm === undefined) {
      await this.show(would, expiryViews(would))
      if (gone.size > 0) for (const line of consequences) this.say(`• ${line}`)
      this.say(`Nothing was removed or changed. To do it: ${this.commandLine} --confirm ${name}`)
      return
    }
    await this.approve(
      {
        action: `Remove ${gone.size} backups`,
        consequences,
        severity: 'severe',
        name,
        place: `context ${deps.context}, namespace ${namespace}`,
      },
      {confirm: flags.confirm},
    )
    const change = applyDocument(wanted, before)
    if (change.kind !== 'unchanged') {
      const {resourceVersion} = stored.document.metadata
      await this.bring(deps, flags, {
        ref: {namespace, name},
        resume: this.commandLine,
        save: () =>
          deps.store.save(
            {...change.document, metadata: {...change.document.metadata, namespace}},
            resourceVersion === undefined ? {} : {resourceVersion},
          ),
      })
    }
    const done = await each(false)
    await this.show(done, expiryViews(done))
  }
}
