import {type BeginRestore, beginRestore} from '../converge/begin-restore.ts'
import {cancelRestore, type OngoingRestore, ongoingRestore, refuseForeign} from '../converge/operation.ts'
import {settle} from '../converge/settle-restore.ts'
import {failedError, type PgkError, refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {at, count, flag, text} from '../observe/fields.ts'
import {lostCommits} from '../observe/lost-commits.ts'
import {lookForRestore, type RestoreLook} from '../observe/restore-look.ts'
import {leaderOf} from '../observe/snapshot.ts'
import {clusterStatus} from '../observe/status.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import type {DocumentRef, StoredDocument} from '../ports.ts'
import {jobSuffix} from '../verbs/backup.ts'
import {planRestore, type RestorePlan, unreachableError, withLost} from '../verbs/restore.ts'
import {restoreRecord} from '../verbs/restore-record.ts'
import {readTarget, type TargetFlags, type Wanted, wordsOf} from '../verbs/restore-target.ts'
import {readTime} from '../verbs/restore-time.ts'
import type {Deps} from '../wire.ts'
import {ChangeCommand, type ConvergeFlags} from './change-command.ts'
import {isMachineFormat} from './output.ts'
import {settleIn, zoneFor} from './restore-flags.ts'
import {outcomeViews, planText, planViews, type RestoreOutcome} from './restore-view.ts'
import {statusViews} from './status-view.ts'
import {colourOf} from './terminal.ts'

export interface InPlaceFlags extends ConvergeFlags {
  plan: boolean
  confirm?: string | undefined
}

/** What restoring and cloning do alike: read a target, look, plan, show. */
export abstract class RestoreCommand extends ChangeCommand {
  protected override hintsForGone(name: string): string[] {
    return [`It is gone, and its bucket is not: pgk create cluster ${name} --from-repo s3://… --plan`]
  }

  /** The target; asks for the time zone where a person can be asked. */
  protected async wanted(flags: TargetFlags, now: Date): Promise<Wanted> {
    const read = flags.pitr === undefined ? undefined : readTime(flags.pitr, now)
    const zone =
      read?.kind === 'local' && this.interactive && flags.pitr !== undefined
        ? await zoneFor(this.world.prompts, read.local, flags.pitr)
        : undefined
    return readTarget(flags, now, settleIn(zone))
  }

  protected async lookAt(
    deps: Deps,
    ref: DocumentRef,
    stored: StoredDocument,
  ): Promise<RestoreLook & {facts: RecoveryFacts}> {
    const look = await lookForRestore(deps, ref, stored)
    if (look.facts !== undefined) return {...look, facts: look.facts}
    const said = look.seen.unknown.find(({source}) => source === 'pgbackrest')?.reason
    throw refusedError('BACKUPS_UNKNOWN', 'what can be restored is unknown; nothing was touched', {
      object: `cluster ${ref.namespace}/${ref.name}`,
      reason: said ?? 'no repository could be read',
      hints: [`See what runs: pgk status ${clusterWords(ref)}`],
    })
  }

  /** Restores a cluster over itself; with `plan` only shows what that would mean. */
  protected async inPlace(deps: Deps, flags: InPlaceFlags & TargetFlags, ref: DocumentRef): Promise<void> {
    const stored = await this.cluster(ref.name, deps)
    const ongoing = ongoingRestore(stored.document['status'])
    // Before anything is asked: what was meant then was settled then.
    if (ongoing?.words === wordsOf(flags) && !flags.plan) {
      this.say(`Going on with the restore of ${ref.name} (${ongoing.words}) that was begun.`)
      return this.finish(deps, flags, {ref, ...ongoing}, async () => undefined)
    }
    const wanted = await this.wanted(flags, deps.clock.now())
    if (!flags.plan) await refuseForeign(deps.store, ref, wanted.text)
    const look = await this.lookAt(deps, ref, stored)
    const into = {cluster: ref.name, namespace: ref.namespace, inPlace: true}
    const {choice, ...made} = planRestore(wanted, look, into)
    const {postgresVersion} = look.document.spec
    const lost = choice.reachable
      ? await lostCommits(deps.kube, look.seen, {point: wanted.target.point, choice, postgresVersion})
      : undefined
    const plan = withLost(made, lost)
    if (flags.plan || !choice.reachable)
      return this.showPlan(plan, flags.plan, () => {
        if (!choice.reachable) throw unreachableError(choice, ref)
      })
    if (look.document.spec.shutdown || look.document.spec.paused) {
      throw refusedError('CLUSTER_STOPPED', `cluster ${ref.name} is stopped or paused`, {
        object: `cluster ${ref.namespace}/${ref.name}`,
        hints: ['Start it first, or restore into a new cluster: --to NEW'],
      })
    }
    this.sayPlan(plan)
    const id = jobSuffix(deps.random.bytes(5))
    const record = restoreRecord(wanted, choice, look, {id, who: `pgk ${process.pid}`})
    await this.approve(
      {
        action: `Restore cluster ${ref.name} in place`,
        consequences: plan.consequences,
        severity: 'severe',
        name: ref.name,
        place: `context ${deps.context}, namespace ${ref.namespace}`,
      },
      {confirm: flags.confirm},
    )
    const leader = leaderOf(look.seen)
    const planned = {
      leader: leader?.pod?.name,
      timeline: leader?.member?.timeline,
      restored: text(stored.document, 'status', 'restored', 'id'),
    }
    const begun = {ref, id, words: wanted.text}
    await this.finish(deps, flags, begun, async signal => {
      const settling = {ref, target: wanted.target, choice}
      const request: BeginRestore = {
        ...{ref, words: wanted.text, planned, record: {...record, id}},
        settle: switched => settle(deps, settling, stored, switched),
      }
      begun.id = await beginRestore(deps, request, signal)
    })
  }

  /** Gives a restore up that has not touched any data. */
  protected async giveUp(deps: Deps, flags: ConvergeFlags, ref: DocumentRef): Promise<void> {
    const {document} = await this.cluster(ref.name, deps)
    const words = ongoingRestore(document['status'])?.words
    await this.bring(deps, flags, {
      ref,
      resume: `pgk export ${clusterWords(ref)} | pgk apply -f -`,
      ...(words === undefined ? {} : {restore: words}),
      save: () => cancelRestore(deps.store, ref),
    })
    const status = await clusterStatus(deps, ref)
    await this.show(status, statusViews(status, deps.clock.now()))
  }

  /** For a person: in a machine's format stderr holds nothing but the error. */
  protected sayPlan(plan: RestorePlan): void {
    // Who reads errors as JSON gets nothing else there.
    if (isMachineFormat(this.format)) return
    const {stderr, environment} = this.world.terminal
    for (const line of planText(plan, colourOf(stderr, environment, false))
      .trimEnd()
      .split('\n'))
      this.say(line)
  }

  private async showPlan(plan: RestorePlan, asked: boolean, then: () => void): Promise<void> {
    if (asked) await this.show(plan, planViews(plan))
    else this.sayPlan(plan)
    then()
  }

  private async finish(
    deps: Deps,
    flags: ConvergeFlags,
    begun: {ref: DocumentRef} & Pick<OngoingRestore, 'id' | 'words'>,
    save: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const {ref} = begun
    await this.bring(deps, flags, {
      ref,
      resume: this.commandLine,
      untilThen: 'until then the cluster may be down',
      restore: begun.words,
      save,
    })
    const stored = await deps.store.get(ref)
    const outcome = outcomeOf(ref, stored, begun.id)
    if (outcome.outcome === 'restored') return this.show(outcome, outcomeViews(outcome))
    throw failed(ref, stored, outcome)
  }
}

/** A restore that failed and left the cluster as it was. */
function failed(ref: DocumentRef, stored: StoredDocument | undefined, {reason}: RestoreOutcome): PgkError {
  const details = {object: `cluster ${ref.namespace}/${ref.name}`, ...(reason === null ? {} : {reason})}
  const window = `What can be restored: pgk backup window ${clusterWords(ref)}`
  if (flag(stored?.document, 'status', 'restored', 'unreachable')) {
    return failedError('TARGET_NOT_REACHED', 'the target was not reached; the cluster is as it was', {
      ...details,
      hints: ['Choose an earlier target.', window],
    })
  }
  return failedError('RESTORE_FAILED', 'the restore failed; the cluster is as it was', {
    ...details,
    hints: ['Mend the cause and run the same command again.', window],
  })
}

function outcomeOf(
  {name, namespace}: DocumentRef,
  stored: StoredDocument | undefined,
  id: string,
): RestoreOutcome {
  const restored = at(stored?.document, 'status', 'restored')
  const word = (key: string): string | null => text(restored, key) ?? null
  const [startedAt, finishedAt] = [word('startedAt'), word('finishedAt')]
  if (startedAt === null || finishedAt === null || word('id') !== id) {
    throw failedError('OUTCOME_UNKNOWN', `how the restore of ${name} ended is unknown`, {
      object: `cluster ${namespace}/${name}`,
      hints: [`See how it is: pgk status ${clusterWords({name, namespace})}`],
    })
  }
  return {
    apiVersion: 'pgk/v1',
    kind: 'Restore',
    metadata: {name, namespace},
    target: word('target') ?? '',
    outcome: word('outcome') === 'returned' ? 'returned' : 'restored',
    reason: word('reason'),
    lastTransaction: word('lastTransaction'),
    fromTimeline: count(restored, 'fromTimeline') ?? null,
    timeline: count(restored, 'timeline') ?? null,
    startedAt,
    finishedAt,
    durationSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
  }
}
