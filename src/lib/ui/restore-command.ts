import {beginRestore, ongoingRestore} from '../converge/begin-restore.ts'
import {failedError, refusedError, usageError} from '../errors.ts'
import {lostCommits} from '../observe/lost-commits.ts'
import {lookForRestore, type RestoreLook} from '../observe/restore-look.ts'
import {leaderOf} from '../observe/snapshot.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import type {DocumentRef, StoredDocument} from '../ports.ts'
import {planRestore, type RestorePlan, restoreRecord, unreachableError, withLost} from '../verbs/restore.ts'
import {readTarget, type TargetFlags, type Wanted} from '../verbs/restore-target.ts'
import {readTime} from '../verbs/restore-time.ts'
import type {Deps} from '../wire.ts'
import {ChangeCommand, type ConvergeFlags} from './change-command.ts'
import {settleIn, zoneFor} from './restore-flags.ts'
import {outcomeViews, planText, planViews, type RestoreOutcome} from './restore-view.ts'
import {colourOf} from './terminal.ts'

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

export interface InPlaceFlags extends ConvergeFlags {
  plan: boolean
  confirm?: string | undefined
}

/** What restoring and cloning do alike: read a target, look, plan, show. */
export abstract class RestoreCommand extends ChangeCommand {
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
      hints: [`See what runs: pgk status ${ref.name} -n ${ref.namespace}`],
    })
  }

  /** Restores a cluster over itself; with `plan` only shows what that would mean. */
  protected async inPlace(deps: Deps, flags: InPlaceFlags & TargetFlags, ref: DocumentRef): Promise<void> {
    const stored = await this.cluster(ref.name, deps)
    const wanted = await this.wanted(flags, deps.clock.now())
    const ongoing = ongoingRestore(stored.document['status'])
    if (ongoing === wanted.text && !flags.plan) {
      this.say(`Going on with the restore of ${ref.name} (${ongoing}) that was begun.`)
      return this.finish(deps, flags, ref, async () => undefined)
    }
    const look = await this.lookAt(deps, ref, stored)
    const into = {cluster: ref.name, namespace: ref.namespace, inPlace: true}
    const {choice, ...planned} = planRestore(wanted, look, into)
    const {postgresVersion} = look.document.spec
    const lost = choice.reachable
      ? await lostCommits(deps.kube, look.seen, {point: wanted.target.point, choice, postgresVersion})
      : undefined
    const plan = withLost(planned, lost)
    if (flags.plan || !choice.reachable)
      return this.showPlan(plan, flags.plan, () => {
        if (!choice.reachable) throw unreachableError(choice, ref.name)
      })
    if (look.document.spec.shutdown || look.document.spec.paused) {
      throw refusedError('CLUSTER_STOPPED', `cluster ${ref.name} is stopped or paused`, {
        object: `cluster ${ref.namespace}/${ref.name}`,
        hints: ['Start it first, or restore into a new cluster: --to NEW'],
      })
    }
    this.sayPlan(plan)
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
    const id = [...deps.random.bytes(5)].map(byte => alphabet[byte % alphabet.length]).join('')
    const record = restoreRecord(wanted, choice, look, {id, who: `pgk ${process.pid}`})
    const leader = leaderOf(look.seen)?.pod?.name
    await this.finish(deps, flags, ref, () =>
      beginRestore(deps, {ref, text: wanted.text, leader, record, target: wanted.target, choice}),
    )
  }

  protected sayPlan(plan: RestorePlan): void {
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
    ref: DocumentRef,
    save: () => Promise<unknown>,
  ): Promise<void> {
    await this.bring(deps, flags, {ref, resume: this.commandLine, save})
    if (!flags.wait) return
    const outcome = outcomeOf(ref, await deps.store.get(ref))
    if (outcome.outcome === 'restored') return this.show(outcome, outcomeViews(outcome))
    throw failedError('TARGET_NOT_REACHED', 'the restore failed; the cluster is as it was', {
      object: `cluster ${ref.namespace}/${ref.name}`,
      ...(outcome.reason === null ? {} : {reason: outcome.reason}),
      hints: ['Choose an earlier target; what can be restored: pgk backup window'],
    })
  }
}

function outcomeOf({name, namespace}: DocumentRef, stored: StoredDocument | undefined): RestoreOutcome {
  const field = (key: string): unknown => {
    const status: unknown = stored?.document['status']
    const restored: unknown =
      typeof status === 'object' && status !== null ? Reflect.get(status, 'restored') : undefined
    return typeof restored === 'object' && restored !== null ? Reflect.get(restored, key) : undefined
  }
  const text = (key: string): string | null => {
    const value = field(key)
    return typeof value === 'string' ? value : null
  }
  const number = (key: string): number | null => {
    const value = field(key)
    return typeof value === 'number' ? value : null
  }
  const [startedAt, finishedAt] = [text('startedAt'), text('finishedAt')]
  if (startedAt === null || finishedAt === null) {
    throw usageError('NO_RESTORE', `nothing is known of a restore of ${name}`)
  }
  return {
    apiVersion: 'pgk/v1',
    kind: 'Restore',
    metadata: {name, namespace},
    target: text('target') ?? '',
    outcome: text('outcome') === 'returned' ? 'returned' : 'restored',
    reason: text('reason'),
    lastTransaction: text('lastTransaction'),
    fromTimeline: number('fromTimeline'),
    timeline: number('timeline'),
    startedAt,
    finishedAt,
    durationSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
  }
}
