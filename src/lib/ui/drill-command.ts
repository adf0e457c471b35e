import {rememberDrill, runDrill} from '../converge/drill.ts'
import {checkFailedError, refusedError} from '../errors.ts'
import {lookForRestore} from '../observe/restore-look.ts'
import {chooseRestore} from '../pgbackrest/choose-restore.ts'
import type {DrillCheck} from '../pgbackrest/drill-script.ts'
import type {StoredDocument} from '../ports.ts'
import {jobSuffix} from '../verbs/backup.ts'
import {checksOf, hasPassed, readChecks} from '../verbs/drill.ts'
import {promisedLsn} from '../verbs/promise.ts'
import {unreachableError} from '../verbs/restore.ts'
import {restoreOptions} from '../verbs/restore-target.ts'
import type {Deps} from '../wire.ts'
import {ChangeCommand, type ConvergeFlags} from './change-command.ts'
import type {Views} from './output.ts'

/** What a drill proved. */
export interface BackupDrill {
  apiVersion: 'pgk/v1'
  kind: 'BackupDrill'
  metadata: {name: string; namespace: string}
  repo: string
  set: string
  passed: boolean
  /** From an empty volume to a database that takes writes; null where it never came to that. */
  recoverySeconds: number | null
  timeline: number | null
  lastTransaction: string | null
  checks: readonly DrillCheck[]
  /** Why it failed, where it came to no result. */
  reason: string | null
}

const drillViews = (drill: BackupDrill): Views => ({
  table: colour => {
    const word = drill.passed ? colour.green('passed') : colour.red('failed')
    const checks = drill.checks.map(
      ({name, passed, detail}) =>
        `  ${passed ? colour.green('✔') : colour.red('✖')} ${name}${detail === '' ? '' : `: ${detail}`}`,
    )
    const time = drill.recoverySeconds === null ? '' : `, recovered in ${drill.recoverySeconds} s`
    const last = drill.lastTransaction === null ? '' : `, last transaction ${drill.lastTransaction}`
    return [`Drill of ${drill.set} in ${drill.repo}: ${word}${time}${last}`, ...checks, ''].join('\n')
  },
  name: () => [drill.set],
})

export interface DrillFlags extends ConvergeFlags {
  /** A set; the newest one where none is named. */
  set?: string | undefined
  repo?: number | undefined
  sql?: string | undefined
  database?: string | undefined
}

/** A command that can prove a backup by restoring it. */
export abstract class DrillCommand extends ChangeCommand {
  protected async drill(deps: Deps, flags: DrillFlags, stored: StoredDocument): Promise<void> {
    const {name = '', namespace = deps.namespace} = stored.document.metadata
    const ref = {name, namespace}
    const {document, facts} = await lookForRestore(deps, ref, stored)
    if (facts === undefined) {
      throw refusedError('BACKUPS_UNKNOWN', 'no repository could be read', {
        object: `cluster ${namespace}/${name}`,
        hints: [`See what runs: pgk status ${name} -n ${namespace}`],
      })
    }
    const choose = {
      ...(flags.repo === undefined ? {} : {repo: flags.repo}),
      ...(flags.set === undefined ? {} : {set: flags.set}),
    }
    const toEnd = chooseRestore({point: {kind: 'latest'}, ...choose}, facts)
    // A set of another timeline, or before a gap, is proven up to its own end.
    const choice =
      toEnd.reachable || flags.set === undefined
        ? toEnd
        : chooseRestore({point: {kind: 'backup', label: flags.set}, ...choose}, facts)
    if (!choice.reachable) throw unreachableError(choice, ref)
    const point = toEnd.reachable
      ? ({kind: 'latest'} as const)
      : ({kind: 'backup', label: choice.set.label} as const)
    const wanted = {target: {point}, fraction: '', exclusive: false, text: ''}
    const id = jobSuffix(deps.random.bytes(5))
    const sql = flags.sql === undefined ? undefined : readChecks(await this.world.readFile(flags.sql))
    const own = document.spec.users.find(user => (user.databases ?? []).length > 0)?.databases?.[0]
    const ports = await this.engine(deps, flags)
    const progress = await this.progress()
    const repo = `repo${choice.set.repo}`
    const end = await this.watching(signal =>
      runDrill(ports, {
        cluster: ref,
        document,
        owner: stored.owner,
        clusterDomain: flags['cluster-domain'],
        id,
        repo,
        label: choice.set.label,
        lsn: promisedLsn(point, choice),
        options: restoreOptions(wanted, choice.set, choice.timeline),
        sql,
        database: flags.database ?? own ?? 'postgres',
        timeoutSeconds: flags.timeout,
        signal,
        resume: this.commandLine,
        progress: (steps, waiting) => progress.show(steps, waiting),
      }),
    ).finally(() => progress.stop())
    const checks = checksOf(end.result, {sql: sql !== undefined})
    const passed = hasPassed(checks)
    const recoverySeconds = end.result?.recoverySeconds
    const at = deps.clock.now().toISOString()
    await rememberDrill(ports, ref, {repo, label: choice.set.label, at, passed, recoverySeconds})
    const drill: BackupDrill = {
      apiVersion: 'pgk/v1',
      kind: 'BackupDrill',
      metadata: ref,
      repo,
      set: choice.set.label,
      passed,
      recoverySeconds: recoverySeconds ?? null,
      timeline: end.result?.timeline ?? null,
      lastTransaction: end.result?.lastTransaction ?? null,
      checks,
      reason: end.result === undefined ? end.words : null,
    }
    await this.show(drill, drillViews(drill))
    if (passed) return
    const bad = checks.find(check => !check.passed)
    throw checkFailedError('DRILL_FAILED', `restoring ${drill.set} did not give a sound database`, {
      object: `cluster ${namespace}/${name}`,
      reason: bad === undefined ? end.words : `${bad.name}: ${bad.detail}`,
      hints: [
        `Prove another one: pgk backup verify ${name} -n ${namespace} --drill --set LABEL`,
        `Make a full backup that builds on nothing: pgk backup ${name} -n ${namespace} --type full`,
      ],
    })
  }
}
