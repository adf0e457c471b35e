import type {Job, JobCondition, JobSpec} from 'kubernetes-types/batch/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {millisecondsOf, timestamp} from '../clock.ts'
import {isDeleting, uidOf} from '../identity.ts'
import {isActive, isReady, isSucceeded} from '../podstate.ts'
import {judgeFailure} from './failurepolicy.ts'
import {parseIndexes} from './indexes.ts'
import {countsAsFailed, indexOf, isIndexed, isTerminating, isTracked, replacesOnlyFailed} from './pod.ts'

export interface JobPlan {
  startTime: string | undefined
  conditions: JobCondition[]
  /** Newly ended pods by how they count; those ignored count for nothing. */
  ended: {succeeded: Pod[]; failed: Pod[]; ignored: Pod[]}
  /** One entry a pod to create, with its index where completions are numbered. */
  create: (number | undefined)[]
  remove: Pod[]
  active: Pod[]
  ready: number
  terminating: number
  /** Milliseconds until the deadline or the end of the back-off. */
  recheckIn: number | undefined
}

export interface JobSituation {
  job: Job
  pods: readonly Pod[]
  now: Date
  /** Milliseconds until the next pod may be created, given the pods that ended just now. */
  backoff: (ended: readonly Pod[]) => number
}

export const conditionOf = (job: Job, type: string): JobCondition | undefined =>
  job.status?.conditions?.find(each => each.type === type && each.status === 'True')

export const isFinished = (job: Job): boolean =>
  conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined

/** Pure: the next moves of an unfinished Job. */
export function plan(situation: JobSituation): JobPlan {
  const {job, pods, now} = situation
  const known = new Set([
    ...(job.status?.uncountedTerminatedPods?.succeeded ?? []),
    ...(job.status?.uncountedTerminatedPods?.failed ?? []),
  ])
  const fresh = pods.filter(pod => isTracked(pod) && !known.has(uidOf(pod)))
  const failures = fresh
    .filter(pod => !isSucceeded(pod) && countsAsFailed(job, pod))
    .map(pod => ({pod, action: judgeFailure(job, pod)}))
  const pick = (...kinds: string[]): Pod[] =>
    failures.filter(({action}) => kinds.includes(action.do)).map(({pod}) => pod)
  const result: JobPlan = {
    startTime: startTime(job, now),
    conditions: suspension(job, now),
    ended: {succeeded: fresh.filter(isSucceeded), failed: pick('count', 'fail'), ignored: pick('ignore')},
    create: [],
    remove: [],
    active: pods.filter(isActive),
    ready: 0,
    terminating: pods.filter(isTerminating).length,
    recheckIn: undefined,
  }
  result.ready = result.active.filter(isReady).length
  const fatal = failures.map(({action}) => action).find(action => action.do === 'fail')
  decideEnd(situation, result, fatal?.message)
  if (isEnding(result.conditions)) result.remove = result.active
  else manage(situation, result)
  return result
}

export const isEnding = (conditions: readonly JobCondition[]): boolean =>
  conditions.some(
    each => ['FailureTarget', 'SuccessCriteriaMet'].includes(each.type) && each.status === 'True',
  )

function startTime(job: Job, now: Date): string | undefined {
  if (job.spec?.suspend) return undefined
  return job.status?.startTime ?? timestamp(now)
}

export function condition(type: string, reason: string, message: string, now: Date): JobCondition {
  const time = timestamp(now)
  return {type, status: 'True', lastProbeTime: time, lastTransitionTime: time, reason, message}
}

/** The conditions so far, with `Suspended` following the spec. */
function suspension(job: Job, now: Date): JobCondition[] {
  const conditions = [...(job.status?.conditions ?? [])]
  const before = conditions.find(({type}) => type === 'Suspended')
  const suspended = job.spec?.suspend === true
  if (isEnding(conditions) || (before?.status === 'True') === suspended) return conditions
  const after = suspended
    ? condition('Suspended', 'JobSuspended', 'Job suspended', now)
    : {...condition('Suspended', 'JobResumed', 'Job resumed', now), status: 'False'}
  return [...conditions.filter(each => each !== before), after]
}

/** How many completed and failed, those included that are not in the counters yet. */
export function tallies(job: Job, ended: JobPlan['ended']): {succeeded: number; failed: number} {
  const {uncountedTerminatedPods: uncounted, succeeded = 0, failed = 0} = job.status ?? {}
  return {
    succeeded: succeeded + (uncounted?.succeeded?.length ?? 0) + ended.succeeded.length,
    failed: failed + (uncounted?.failed?.length ?? 0) + ended.failed.length,
  }
}

function decideEnd({job, pods, now}: JobSituation, result: JobPlan, fatal: string | undefined): void {
  if (isEnding(result.conditions)) return
  const {succeeded, failed} = tallies(job, result.ended)
  const {completions, backoffLimit = 6, activeDeadlineSeconds} = job.spec ?? emptySpec
  const end = (type: string, reason: string, message: string): void => {
    result.conditions.push(condition(type, reason, message, now))
  }
  if (fatal !== undefined) {
    end('FailureTarget', 'PodFailurePolicy', fatal)
    return
  }
  const tooMany = failed > backoffLimit || restartsExceed(job, pods, backoffLimit)
  const started = millisecondsOf(result.startTime)
  if (tooMany) end('FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  else if (activeDeadlineSeconds !== undefined && started !== undefined) {
    const left = started + activeDeadlineSeconds * 1000 - now.getTime()
    if (left <= 0) end('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline')
    else result.recheckIn = left
  }
  if (isEnding(result.conditions)) return
  const done =
    completions === undefined ? succeeded > 0 && result.active.length === 0 : succeeded >= completions
  if (done) end('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods')
}

const emptySpec: JobSpec = {template: {}}

/** With `OnFailure` the kubelet restarts containers in place; their restarts count instead of failed pods. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const restarts = pods
    .filter(pod => ['Running', 'Pending'].includes(pod.status?.phase ?? ''))
    .flatMap(({status}) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, {restartCount}) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

function manage({job, backoff}: JobSituation, result: JobPlan): void {
  const {active, terminating} = result
  if (isDeleting(job)) return
  if (job.spec?.suspend) {
    result.remove = active
    return
  }
  const wanted = wantedActive(job, result)
  if (active.length > wanted) {
    const leastReadyFirst = active.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
    result.remove = leastReadyFirst.slice(0, active.length - wanted)
    return
  }
  const missing = wanted - active.length - (replacesOnlyFailed(job) ? terminating : 0)
  if (missing <= 0) return
  const wait = backoff([...result.ended.succeeded, ...result.ended.failed])
  if (wait > 0) {
    result.recheckIn = Math.min(wait, result.recheckIn ?? wait)
    return
  }
  result.create = isIndexed(job)
    ? freeIndexes(job, result).slice(0, missing)
    : Array.from({length: missing}, () => undefined)
}

function wantedActive(job: Job, {active, ended}: JobPlan): number {
  const {parallelism = 1, completions} = job.spec ?? emptySpec
  const {succeeded} = tallies(job, ended)
  if (completions !== undefined) return Math.min(parallelism, Math.max(0, completions - succeeded))
  return succeeded > 0 ? Math.min(parallelism, active.length) : parallelism
}

function freeIndexes(job: Job, {active, ended}: JobPlan): number[] {
  const taken = parseIndexes(job.status?.completedIndexes)
  for (const pod of [...active, ...ended.succeeded]) {
    const index = indexOf(pod)
    if (index !== undefined) taken.add(index)
  }
  const all = Array.from({length: job.spec?.completions ?? 0}, (_, index) => index)
  return all.filter(index => !taken.has(index))
}
