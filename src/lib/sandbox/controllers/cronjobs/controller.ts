import type {CronJob, Job} from 'kubernetes-types/batch/v1.d.ts'
import type {ObjectReference} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {cronJobs, jobs} from '../../resources.ts'
import type {Clock} from '../clock.ts'
import {millisecondsOf, timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, nameOf, namespaceOf, splitKey, uidOf} from '../identity.ts'
import {conditionOf, isFinished} from '../jobs/plan.ts'
import {controllerKey, controllerReference, isControlledBy} from '../ownership.ts'
import type {EventRecorder} from '../recorder.ts'
import {scheduleOf, zonedTime} from './schedule.ts'

/** Kubernetes looks a little after the full minute, so that clocks that differ agree on it. */
const margin = 100

/** Starts Jobs when their CronJob's schedule says so, and keeps only the newest finished ones. */
export function startCronJobs(context: ControllerContext): Stop {
  const {registry, clock} = context
  const keeper = new CronKeeper(registry, clock, context.recorder('cronjob-controller'))
  return runController(context, {
    name: 'cronjob',
    sources: [
      subject(registry, cronJobs),
      source(registry, jobs, job => {
        const key = controllerKey(job, cronJobs)
        return key === undefined ? [] : [key]
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const cron = registry.get(cronJobs, namespace, name)
      const next = cron && keeper.sync(cron)
      if (next) queue.addAfter(key, Math.max(0, next.getTime() - clock.now().getTime()) + margin)
    },
  })
}

class CronKeeper {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #recorder: EventRecorder

  constructor(registry: Registry, clock: Clock, recorder: EventRecorder) {
    this.#registry = registry
    this.#clock = clock
    this.#recorder = recorder
  }

  /** Gives the time of the next run. */
  sync(cron: CronJob): Date | undefined {
    const owned = this.#registry
      .list(jobs, {namespace: namespaceOf(cron)})
      .filter(job => isControlledBy(job, cron))
    const current = this.#settle(cron, owned)
    this.#forgetOld(current, owned)
    if (isDeleting(current) || current.spec?.suspend) return undefined
    const now = this.#clock.now()
    const {due, missed, next} = scheduleOf(current, now)
    if (!due) return next
    if (missed) {
      const message = `Missed scheduled time to start a job: ${due.toUTCString()}`
      this.#event(current, 'Warning', 'MissSchedule', message)
      return next
    }
    this.#start(current, owned, due)
    return next
  }

  /** Takes finished and vanished Jobs off the list of active ones. */
  #settle(cron: CronJob, owned: readonly Job[]): CronJob {
    const byUid = new Map(owned.map(job => [uidOf(job), job]))
    const active: ObjectReference[] = []
    let lastSuccess = cron.status?.lastSuccessfulTime
    for (const reference of cron.status?.active ?? []) {
      const job = byUid.get(reference.uid ?? '')
      if (!job) {
        this.#event(cron, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`)
        continue
      }
      if (!isFinished(job)) {
        active.push(reference)
        continue
      }
      const condition = conditionOf(job, 'Complete') ? 'Complete' : 'Failed'
      this.#event(
        cron,
        'Normal',
        'SawCompletedJob',
        `Saw completed job: ${nameOf(job)}, condition: ${condition}`,
      )
    }
    for (const job of owned) {
      const {completionTime} = job.status ?? {}
      if (!conditionOf(job, 'Complete') || completionTime === undefined) continue
      if ((millisecondsOf(completionTime) ?? 0) > (millisecondsOf(lastSuccess) ?? 0))
        lastSuccess = completionTime
    }
    return this.#setStatus(cron, status => {
      if (active.length > 0) status.active = active
      else delete status.active
      if (lastSuccess !== undefined) status.lastSuccessfulTime = lastSuccess
    })
  }

  #start(cron: CronJob, owned: readonly Job[], due: Date): void {
    const active = owned.filter(job => !isFinished(job) && !isDeleting(job))
    if (cron.spec?.concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
      this.#event(cron, 'Normal', 'JobAlreadyActive', message)
      return
    }
    if (cron.spec?.concurrencyPolicy === 'Replace') for (const job of active) this.#delete(cron, job)
    const wanted = newJob(cron, due)
    const existing = this.#registry.get(jobs, namespaceOf(cron), nameOf(wanted))
    const job = existing ?? this.#registry.create(jobs, wanted)
    if (!existing) this.#event(cron, 'Normal', 'SuccessfulCreate', `Created job ${nameOf(job)}`)
    this.#setStatus(cron, status => {
      const kept = (status.active ?? []).filter(each =>
        this.#registry.get(jobs, each.namespace, each.name ?? ''),
      )
      if (isControlledBy(job, cron) && !isFinished(job)) status.active = [...kept, referenceTo(job)]
      status.lastScheduleTime = timestamp(due)
    })
  }

  #forgetOld(cron: CronJob, owned: readonly Job[]): void {
    const trim = (type: string, limit: number): void => {
      const finished = owned.filter(job => conditionOf(job, type) && !isDeleting(job))
      finished.sort((a, b) => startOf(a) - startOf(b))
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) this.#delete(cron, job)
    }
    trim('Complete', cron.spec?.successfulJobsHistoryLimit ?? 3)
    trim('Failed', cron.spec?.failedJobsHistoryLimit ?? 1)
  }

  #delete(cron: CronJob, job: Job): void {
    this.#registry.delete(jobs, namespaceOf(job), nameOf(job), {propagation: 'Background'})
    this.#event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${nameOf(job)}`)
  }

  #setStatus(cron: CronJob, edit: (status: NonNullable<CronJob['status']>) => void): CronJob {
    const written = this.#registry.modify(
      cronJobs,
      namespaceOf(cron),
      nameOf(cron),
      draft => {
        draft.status ??= {}
        edit(draft.status)
      },
      'status',
    )
    return written ?? cron
  }

  #event(cron: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#recorder.event(cronJobs, cron, {type, reason, message})
  }
}

const startOf = (job: Job): number =>
  millisecondsOf(job.status?.startTime) ?? millisecondsOf(job.metadata?.creationTimestamp) ?? 0

/** The name comes from the minute, so that a run is never started twice. */
function newJob(cron: CronJob, due: Date): Job {
  const template = cron.spec?.jobTemplate
  const {labels, annotations} = template?.metadata ?? {}
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${nameOf(cron)}-${Math.floor(due.getTime() / 60_000)}`,
      namespace: namespaceOf(cron),
      ...(labels ? {labels: {...labels}} : {}),
      annotations: {
        ...annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': zonedTime(due, cron.spec?.timeZone),
      },
      ownerReferences: [controllerReference(cronJobs, cron)],
    },
    ...(template?.spec ? {spec: structuredClone(template.spec)} : {}),
  }
}

function referenceTo(job: Job): ObjectReference {
  const {resourceVersion} = job.metadata ?? {}
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    namespace: namespaceOf(job),
    name: nameOf(job),
    uid: uidOf(job),
    ...(resourceVersion === undefined ? {} : {resourceVersion}),
  }
}
