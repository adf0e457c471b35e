import {option, string} from '@oclif/core/flags'
import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster, PostgresCluster} from '../model/document.ts'
import type {BackupType} from '../model/names.ts'
import {parseDocument} from '../model/parse.ts'
import {noAnswers} from '../observe/answers.ts'
import {lookAtCluster} from '../observe/live.ts'
import {clusterSelector} from '../observe/look.ts'
import {type ScheduleList, scheduleList} from '../observe/schedule-report.ts'
import {snapshot} from '../observe/snapshot.ts'
import type {StoredDocument} from '../ports.ts'
import type {DocumentChange} from '../verbs/apply.ts'
import {applyDocument} from '../verbs/apply.ts'
import {repoOf} from '../verbs/backup.ts'
import {type Chosen, chosenSchedules} from '../verbs/schedule.ts'
import type {Deps} from '../wire.ts'
import {type CarryOutFlags, ChangeCommand} from './change-command.ts'
import {scheduleViews} from './schedule-view.ts'

export const scheduleFlags = {
  type: option({
    summary: 'The type of backup.',
    options: ['full', 'diff', 'incr'] as const,
  })(),
  repo: string({summary: 'The repository, by number or name.', helpValue: 'N'}),
}

/** A command about the schedules of one cluster. */
export abstract class ScheduleCommand extends ChangeCommand {
  protected async schedules(deps: Deps, document: CompleteCluster): Promise<ScheduleList> {
    const {name, namespace = deps.namespace} = document.metadata
    const view = await lookAtCluster(deps.kube, {namespace, labelSelector: clusterSelector(name)})
    const seen = snapshot({at: deps.clock.now(), namespace, cluster: name}, view, noAnswers)
    return scheduleList(document, seen)
  }

  protected async showSchedules(deps: Deps, document: CompleteCluster): Promise<void> {
    const found = await this.schedules(deps, document)
    await this.show(found, scheduleViews(found, deps.clock.now()))
  }

  /** Changes the schedules that the flags choose: all of them where they choose none. */
  protected async changeChosen(
    cluster: string | undefined,
    flags: CarryOutFlags & {repo: string | undefined; type: BackupType | undefined},
    edit: {said: string; change: (document: PostgresCluster, chosen: Chosen) => PostgresCluster},
  ): Promise<void> {
    const deps = await this.open()
    const stored = await this.cluster(cluster, deps)
    const {name = '', namespace = deps.namespace} = stored.document.metadata
    const present = parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const repo = flags.repo === undefined ? undefined : repoOf(withDefaults(present), flags.repo)
    const chosen = {repo, type: flags.type}
    const which = chosenSchedules(present, chosen).map(one => `${one.type} to ${one.repo}`)
    await this.reschedule(deps, flags, stored, {
      said: `${edit.said}: ${which.join(', ')}.`,
      change: document => edit.change(document, chosen),
    })
  }

  /** Saves a document whose schedules were edited, makes it true and shows the schedules. */
  protected async reschedule(
    deps: Deps,
    flags: CarryOutFlags,
    stored: StoredDocument,
    edit: {said: string; change: (document: PostgresCluster) => PostgresCluster},
  ): Promise<void> {
    const {name = '', namespace = deps.namespace} = stored.document.metadata
    const before = parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const wanted = edit.change(before)
    // Suspending is an annotation, which is no difference in the spec: it is saved all the same.
    const change: DocumentChange = {...applyDocument(wanted, before), kind: 'update'}
    const document = withDefaults(change.document)
    if (flags['dry-run'] !== 'none') {
      const mode = flags['dry-run'] === 'server' ? 'server' : 'client'
      return this.showChanges([edit.said], await this.changes(deps, flags, {document, stored, mode}))
    }
    this.say(edit.said)
    const {resourceVersion} = stored.document.metadata
    const placed = {...change.document, metadata: {...change.document.metadata, namespace}}
    await this.bring(deps, flags, {
      ref: {namespace, name},
      resume: this.commandLine,
      save: () => deps.store.save(placed, resourceVersion === undefined ? {} : {resourceVersion}),
    })
    await this.showSchedules(deps, document)
  }
}
