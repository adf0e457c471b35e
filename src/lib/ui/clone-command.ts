import {archiveWal} from '../converge/begin-restore.ts'
import {type Planned, settle} from '../converge/settle-restore.ts'
import {notFoundError} from '../errors.ts'
import type {PostgresCluster} from '../model/document.ts'
import {parseDocument} from '../model/parse.ts'
import {text} from '../observe/fields.ts'
import {leaderOf, type Observed} from '../observe/snapshot.ts'
import type {DocumentRef, StoredDocument} from '../ports.ts'
import {applyDocument} from '../verbs/apply.ts'
import {cloneDocument, sameClone} from '../verbs/clone.ts'
import {promising} from '../verbs/promise.ts'
import {planRestore, unreachableError} from '../verbs/restore.ts'
import {restoreOptions, type TargetFlags} from '../verbs/restore-target.ts'
import type {Deps} from '../wire.ts'
import type {CarryOutFlags} from './change-command.ts'
import {RestoreCommand} from './restore-command.ts'
import {planViews} from './restore-view.ts'

export interface CloneFlags extends CarryOutFlags {
  plan: boolean
  replicas?: number | undefined
}

/** A command that makes a new cluster from another one's repository. */
export abstract class CloneCommand extends RestoreCommand {
  protected async clone(
    deps: Deps,
    flags: CloneFlags & TargetFlags,
    {from, to}: {from: DocumentRef; to: DocumentRef},
  ): Promise<void> {
    const [source, stored] = await Promise.all([this.cluster(from.name, deps), deps.store.get(to)])
    const origin = parseDocument(source.document, `cluster ${from.namespace}/${from.name}`)
    const wanted = await this.wanted(flags, deps.clock.now())
    const replicas = flags.replicas === undefined ? '' : ` --replicas ${flags.replicas}`
    const words = `${wanted.text}${replicas}`
    if (stored !== undefined && !flags.plan) {
      const existing = parseDocument(stored.document, `cluster ${to.namespace}/${to.name}`)
      sameClone(existing, origin, words)
      const finished = text(stored.document, 'status', 'restored', 'finishedAt')
      const since = finished === undefined ? 'begun' : `made at ${finished}`
      this.say(`Cluster ${to.name} was ${since} from ${from.name} with ${words}; seeing that it is complete.`)
      return this.make(deps, flags, {document: existing, stored})
    }
    const look = await this.lookAt(deps, from, source)
    const into = {cluster: to.name, namespace: to.namespace, inPlace: false}
    const {choice, ...plan} = planRestore(wanted, look, into)
    if (flags.plan) await this.show(plan, planViews(plan))
    else this.sayPlan(plan)
    if (!choice.reachable) throw unreachableError(choice, from)
    if (flags.plan) return
    const options = restoreOptions(wanted, choice.set, choice.timeline)
    const document = cloneDocument(origin, {
      ...to,
      words,
      options: options.filter(option => !option.startsWith('--repo=')),
      repo: `repo${choice.set.repo}`,
      replicas: flags.replicas,
    })
    const lsn =
      flags['dry-run'] === 'none'
        ? await this.promised(deps, {ref: from, target: wanted.target, choice}, source, look.seen)
        : undefined
    for (const line of plan.consequences) this.say(`• ${line}`)
    return this.make(deps, flags, {document: promising(document, lsn), stored: undefined})
  }

  /** Has the source's newest WAL archived, and gives what recovery must reach at least, where that is known. */
  private async promised(
    deps: Deps,
    planned: Planned,
    source: StoredDocument,
    seen: Observed,
  ): Promise<string | undefined> {
    const leader = leaderOf(seen)?.pod?.name
    const switched = leader === undefined ? undefined : await archiveWal(deps, planned.ref, leader)
    return settle(deps, planned, source, switched)
  }

  private async make(
    deps: Deps,
    flags: CloneFlags,
    {document, stored}: {document: PostgresCluster; stored: StoredDocument | undefined},
  ): Promise<void> {
    const {name, namespace = deps.namespace} = document.metadata
    const space = {apiVersion: 'v1', kind: 'Namespace', name: namespace}
    if (namespace !== deps.namespace && (await deps.kube.get(space)) === undefined) {
      throw notFoundError('NAMESPACE_NOT_FOUND', `there is no namespace ${namespace}`, {
        hints: [`Create it: kubectl create namespace ${namespace}`],
      })
    }
    const existing = stored && parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const change = applyDocument(document, existing)
    await this.carryOut(deps, flags, {change, stored, resume: this.commandLine})
  }
}
