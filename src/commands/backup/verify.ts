import {boolean, string} from '@oclif/core/flags'
import {checkArchiving, placeOf, rememberVerified, verifyRepo} from '../../lib/converge/maintain.ts'
import {checkFailedError} from '../../lib/errors.ts'
import {lookAtBackups} from '../../lib/observe/backup-look.ts'
import type {Verified} from '../../lib/observe/backup-report.ts'
import {reposOf} from '../../lib/pgbackrest/repos.ts'
import {convergeFlags} from '../../lib/ui/change-command.ts'
import {clusterArgs} from '../../lib/ui/cluster-command.ts'
import {DrillCommand} from '../../lib/ui/drill-command.ts'
import {type BackupVerification, verificationViews} from '../../lib/ui/maintain-view.ts'
import {repoOf} from '../../lib/verbs/backup.ts'
import {repoNumberOf} from '../../lib/verbs/restore-target.ts'
import {toVerify, type VerifyRun, verificationProblems, verifiedItems} from '../../lib/verbs/verify.ts'

const {templates, wait, timeout, 'cluster-domain': clusterDomain} = convergeFlags

export default class BackupVerify extends DrillCommand {
  static override summary = 'Read backups and WAL in the repositories through, and compare every checksum.'
  static override description =
    'A set that was found valid before is not read again, unless --all asks for it. Also sends a WAL segment\n' +
    'from the leader into every repository. Exit code 8 when something is wrong.\n' +
    'Needs the rights to list what a cluster is made of, to create pods/exec and to write the document.'
  static override examples = [
    '<%= config.bin %> backup verify hippo',
    '<%= config.bin %> backup verify hippo --all',
    {
      description: 'Prove that the newest backup can be restored',
      command: '<%= config.bin %> backup verify hippo --drill --sql checks.sql',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    repo: string({summary: 'Only this repository, by number or name.', helpValue: 'N'}),
    all: boolean({summary: 'Also what was found valid before.'}),
    drill: boolean({
      summary: 'Restore a backup into a scratch volume instead, start it and check the database.',
    }),
    set: string({summary: 'The backup to restore with --drill; the newest one.', helpValue: '<label>'}),
    sql: string({
      summary: 'SQL to run with --drill; it passes when no statement fails.',
      helpValue: '<file>',
    }),
    database: string({summary: 'Where that SQL runs; the first user’s database.'}),
    templates,
    wait,
    timeout,
    'cluster-domain': clusterDomain,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(BackupVerify)
    const deps = await this.open()
    if (flags.drill) {
      const stored = await this.cluster(args.name, deps)
      return this.drill(deps, {...flags, repo: repoNumberOf(flags.repo)}, stored)
    }
    const {document, seen, info} = await lookAtBackups(deps, await this.cluster(args.name, deps), {
      archives: false,
    })
    const {name, namespace = deps.namespace} = document.metadata
    const repos =
      flags.repo === undefined ? reposOf(document).map(repo => repo.name) : [repoOf(document, flags.repo)]
    const known = flags.all ? [] : (document.status?.pgbackrest?.verified ?? [])
    const place = placeOf(seen)
    const found = await this.watching(async signal => {
      const runs: VerifyRun[] = []
      for (const repo of repos) {
        for (const label of toVerify(info.backups, known, repo)) {
          this.say(`Reading ${label ?? 'every set and all WAL'} in ${repo}.`)
          const wanted = {repo, cluster: name, ...(label === undefined ? {} : {label})}
          runs.push({repo, verification: await verifyRepo(deps.kube, place, wanted, signal)})
        }
      }
      return {runs, archivingError: (await checkArchiving(deps.kube, seen, signal)) ?? null}
    })
    const now = deps.clock.now()
    const items = verifiedItems(info.backups, known, found.runs, {repos, now})
    const archives = found.runs.flatMap(({repo, verification}) =>
      verification.archives.map(archive => ({...archive, repo})),
    )
    const problems = verificationProblems(info.backups, found.runs, repos)
    const valid =
      problems.length === 0 &&
      items.every(item => item.valid) &&
      archives.every(archive => archive.checked === archive.valid) &&
      found.archivingError === null
    const result: BackupVerification = {
      apiVersion: 'pgk/v1',
      kind: 'BackupVerification',
      metadata: {name, namespace},
      valid,
      items,
      archives,
      problems,
      archivingError: found.archivingError,
    }
    const fresh = items
      .filter(({cached, read}) => read && !cached)
      .map(({repo, label, valid, verifiedAt}): Verified => ({repo, label, at: verifiedAt, valid}))
    const labels = new Set(info.backups.map(set => `repo${set.repo}/${set.label}`))
    if (fresh.length > 0) await rememberVerified(deps.store, {namespace, name}, fresh, labels)
    await this.show(result, verificationViews(result, now))
    if (valid) return
    const bad = [...problems, ...items.filter(item => !item.valid).map(({label}) => label)]
    throw checkFailedError('BACKUPS_DAMAGED', 'the backups are not as they should be', {
      object: `cluster ${namespace}/${name}`,
      ...(bad.length === 0 ? {} : {reason: bad.join(', ')}),
      hints: [`Make a full backup that builds on nothing: pgk backup ${name} -n ${namespace} --type full`],
    })
  }
}
