import type {Job, JobStatus} from 'kubernetes-types/batch/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {jobs, pods} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {Clock} from '../clock.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, keyOf, nameOf, namespaceOf, removeFinalizer, splitKey, uidOf} from '../identity.ts'
import {claim, controllerKey, controllerOf, possibleOwners} from '../ownership.ts'
import type {EventRecorder} from '../recorder.ts'
import {JobBackoff} from './backoff.ts'
import {formatIndexes, parseIndexes} from './indexes.ts'
import type {JobPlan} from './plan.ts'
import {condition, conditionOf, isEnding, isFinished, plan} from './plan.ts'
import {indexOf, isIndexed, isTracked, newPod, tracking} from './pod.ts'

const selectorOf = (job: Job) => matcherOf(job.spec?.selector)

/** Runs every Job to its completion or failure. */
export function startJobs(context: ControllerContext): Stop {
  const {registry, clock} = context
  const runner = new JobRunner(registry, clock, context.recorder('job-controller'))
  return runController(context, {
    name: 'job',
    sources: [
      subject(registry, jobs),
      source(registry, pods, pod => {
        const key = controllerKey(pod, jobs)
        if (key !== undefined) return [key]
        return controllerOf(pod) ? [] : possibleOwners(registry, jobs, pod, selectorOf)
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const job = registry.get(jobs, namespace, name)
      if (!job) runner.releasePods(namespace, name)
      const recheckIn = job && runner.sync(job)
      if (recheckIn !== undefined) queue.addAfter(key, recheckIn)
    },
  })
}

class JobRunner {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #recorder: EventRecorder
  readonly #backoff = new JobBackoff()

  constructor(registry: Registry, clock: Clock, recorder: EventRecorder) {
    this.#registry = registry
    this.#clock = clock
    this.#recorder = recorder
  }

  /** Pods of a Job that is gone are counted by nobody any more. */
  releasePods(namespace: string, name: string): void {
    this.#backoff.forget(`${namespace}/${name}`)
    for (const pod of this.#registry.list(pods, {namespace})) {
      const owner = controllerOf(pod)
      const own = owner?.kind === 'Job' && owner.name === name
      if (own && isTracked(pod)) removeFinalizer(this.#registry, pods, pod, tracking)
    }
  }

  sync(job: Job): number | undefined {
    const owned = claim(this.#registry, {ownerType: jobs, owner: job, type: pods, matches: selectorOf(job)})
    if (isFinished(job) || isDeleting(job)) {
      for (const pod of owned.filter(isTracked)) removeFinalizer(this.#registry, pods, pod, tracking)
      return undefined
    }
    const now = this.#clock.now()
    const key = keyOf(job)
    const backoff = (ended: readonly Pod[]): number => this.#backoff.remaining(key, ended, now)
    const next = plan({job, pods: owned, now, backoff})
    const {succeeded, failed, ignored} = next.ended
    this.#backoff.note(key, [...succeeded, ...failed], now)
    const removed = new Set(next.remove.map(uidOf))
    for (const pod of next.remove) this.#remove(job, pod, isEnding(next.conditions))
    const created = next.create.map(index => this.#create(job, index))
    const active = next.active.filter(pod => !removed.has(uidOf(pod))).length + created.length
    // First the names of the ended pods are written down, then they are let go, then they are counted:
    // whenever this is cut short, the next sync neither forgets a pod nor counts it twice.
    const terminating = next.terminating + this.#stillThere(next.remove)
    const noted = this.#note(job, next, {active, terminating})
    for (const pod of [...owned, ...ignored]) {
      if (isTracked(pod) && isNoted(noted, ignored, pod)) removeFinalizer(this.#registry, pods, pod, tracking)
    }
    this.#tell(job, this.#count(job, noted, owned, now))
    return next.recheckIn
  }

  #stillThere(removed: readonly Pod[]): number {
    return removed.filter(pod => this.#registry.get(pods, namespaceOf(pod), nameOf(pod))).length
  }

  /** Only the pods of a Job that ends early count as failed; one too many counts for nothing. */
  #remove(job: Job, pod: Pod, counted: boolean): void {
    if (!counted) removeFinalizer(this.#registry, pods, pod, tracking)
    this.#registry.delete(pods, namespaceOf(pod), nameOf(pod))
    this.#event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`)
  }

  #create(job: Job, index: number | undefined): Pod {
    try {
      const pod = this.#registry.create(pods, newPod(job, index))
      this.#event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(pod)}`)
      return pod
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#event(job, 'Warning', 'FailedCreate', `Error creating: ${why}`)
      throw error
    }
  }

  #note(job: Job, next: JobPlan, {active, terminating}: {active: number; terminating: number}): JobStatus {
    const {uncountedTerminatedPods: uncounted = {}, startTime: _, ...before} = job.status ?? {}
    const succeeded = [...(uncounted.succeeded ?? []), ...next.ended.succeeded.map(uidOf)]
    const failed = [...(uncounted.failed ?? []), ...next.ended.failed.map(uidOf)]
    return this.#write(job, {
      ...before,
      ...(next.conditions.length > 0 ? {conditions: next.conditions} : {}),
      ...(next.startTime === undefined ? {} : {startTime: next.startTime}),
      active,
      terminating,
      ready: next.ready,
      uncountedTerminatedPods: {
        ...(succeeded.length > 0 ? {succeeded} : {}),
        ...(failed.length > 0 ? {failed} : {}),
      },
    })
  }

  /** Moves the noted pods into the counters, and finishes a Job of which no pod is left running. */
  #count(job: Job, noted: JobStatus, owned: readonly Pod[], now: Date): JobStatus {
    const {succeeded = [], failed = []} = noted.uncountedTerminatedPods ?? {}
    const status: JobStatus = {
      ...noted,
      succeeded: (noted.succeeded ?? 0) + succeeded.length,
      failed: (noted.failed ?? 0) + failed.length,
      uncountedTerminatedPods: {},
    }
    if (isIndexed(job)) {
      const done = parseIndexes(noted.completedIndexes)
      for (const pod of owned) {
        const index = indexOf(pod)
        if (succeeded.includes(uidOf(pod)) && index !== undefined) done.add(index)
      }
      if (done.size > 0) status.completedIndexes = formatIndexes(done)
    }
    const met = conditionOf({status}, 'SuccessCriteriaMet')
    const target = met ?? conditionOf({status}, 'FailureTarget')
    if (target && !status.active && !status.terminating) {
      const {reason = '', message = ''} = target
      const type = met ? 'Complete' : 'Failed'
      status.conditions = [...(status.conditions ?? []), condition(type, reason, message, now)]
      if (met) status.completionTime = timestamp(now)
    }
    return this.#write(job, status)
  }

  #write(job: Job, status: JobStatus): JobStatus {
    const shown = {...status}
    // Kubernetes leaves these out when they are zero.
    for (const field of ['active', 'succeeded', 'failed'] as const) if (!shown[field]) delete shown[field]
    this.#registry.modify(
      jobs,
      namespaceOf(job),
      nameOf(job),
      draft => {
        draft.status = shown
      },
      'status',
    )
    return shown
  }

  #tell(job: Job, status: JobStatus): void {
    for (const {type, status: value, reason = '', message = ''} of status.conditions ?? []) {
      const before = job.status?.conditions?.find(each => each.type === type)
      if (before?.status === value) continue
      if (type === 'Complete') this.#event(job, 'Normal', 'Completed', 'Job completed')
      if (type === 'Failed') this.#event(job, 'Warning', reason, message)
      if (type === 'Suspended')
        this.#event(job, 'Normal', value === 'True' ? 'Suspended' : 'Resumed', message)
    }
  }

  #event(job: Job, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#recorder.event(jobs, job, {type, reason, message})
  }
}

function isNoted({uncountedTerminatedPods}: JobStatus, ignored: readonly Pod[], pod: Pod): boolean {
  const {succeeded = [], failed = []} = uncountedTerminatedPods ?? {}
  return succeeded.includes(uidOf(pod)) || failed.includes(uidOf(pod)) || ignored.includes(pod)
}
