import {option, string} from '@oclif/core/flags'
import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster, PostgresCluster} from '../model/document.ts'
import {parseDocument} from '../model/parse.ts'
import {noAnswers} from '../observe/answers.ts'
import {lookAtCluster} from '../observe/live.ts'
import {clusterSelector} from '../observe/look.ts'
import {type ScheduleList, scheduleList} from '../observe/schedule-report.ts'
import {snapshot} from '../observe/snapshot.ts'
import type {StoredDocument} from '../ports.ts'
import type {DocumentChange} from '../verbs/apply.ts'
import {applyDocument} from '../verbs/apply.ts'
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
