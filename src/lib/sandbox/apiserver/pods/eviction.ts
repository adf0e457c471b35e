import type {PodDisruptionBudget} from 'kubernetes-types/policy/v1.d.ts'
import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {podDisruptionBudgets, pods} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {RequestHandler} from '../http/hooks.ts'
import {listOf, objectOf, readPath, textOf} from '../json.ts'
import type {Backend} from '../registry/backend.ts'
import {read, timestamp} from '../registry/backend.ts'
import {LocalRegistry} from '../registry/registry.ts'
import {removeObject} from '../registry/remove.ts'
import {internalError, notFound} from '../status.ts'
import {done} from './binding.ts'

const ENDED = new Set(['Succeeded', 'Failed'])

/** `pods/eviction`: deletes a pod unless a disruption budget forbids it now. */
export function evictionHandler(backend: Backend): RequestHandler {
  const registry = new LocalRegistry(backend, 'kube-apiserver')
  return async request => {
    const {namespace, name = ''} = request.attributes.resource ?? {}
    const body = await request.body()
    const pod = read(backend, pods, namespace, name)
    if (pod === undefined) throw notFound(pods, name)
    const grace = readPath(body, 'deleteOptions.gracePeriodSeconds')
    const dryRun =
      request.query.has('dryRun') || listOf(readPath(body, 'deleteOptions.dryRun')).includes('All')
    if (!isFree(pod)) spend(registry, pod, {now: backend.now(), dryRun})
    const options = {dryRun, ...(typeof grace === 'number' ? {gracePeriodSeconds: grace} : {})}
    removeObject(backend, pods, {namespace, name}, options)
    return {status: 201, object: done}
  }
}

/** A pod that does not run, or already ends, takes nothing from a budget. */
function isFree(pod: KubeObject): boolean {
  const phase = textOf(readPath(pod, 'status.phase')) ?? ''
  return ENDED.has(phase) || phase === 'Pending' || pod.metadata?.deletionTimestamp !== undefined
}

const isReady = (pod: KubeObject): boolean =>
  listOf(readPath(pod, 'status.conditions')).some(
    condition => readPath(condition, 'type') === 'Ready' && readPath(condition, 'status') === 'True',
  )

/** Takes one allowed disruption from the pod's budget, or refuses with 429. */
function spend(registry: LocalRegistry, pod: KubeObject, {now, dryRun}: {now: Date; dryRun: boolean}): void {
  const namespace = pod.metadata?.namespace ?? ''
  const budgets = registry
    .list(podDisruptionBudgets, {namespace})
    .filter(({spec}) => matcherOf(spec?.selector)(pod.metadata?.labels ?? {}))
  const [budget, second] = budgets
  if (budget === undefined) return
  if (second !== undefined) {
    throw internalError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  }
  const {status} = budget
  const healthy = status?.currentHealthy ?? 0
  const needed = status?.desiredHealthy ?? 0
  if (!isReady(pod) && healthy >= needed && needed > 0) return
  if ((status?.disruptionsAllowed ?? 0) <= 0) throw refusal(budget)
  if (dryRun) return
  const disrupted = {...objectOf(status?.disruptedPods), [pod.metadata?.name ?? '']: timestamp(now)}
  const spent = {
    ...status,
    disruptionsAllowed: (status?.disruptionsAllowed ?? 1) - 1,
    disruptedPods: disrupted,
  }
  const write = (draft: PodDisruptionBudget): void => {
    Object.assign(draft, {status: spent})
  }
  registry.modify(podDisruptionBudgets, namespace, budget.metadata?.name ?? '', write, 'status')
}

function refusal({metadata, status}: PodDisruptionBudget): StatusError {
  const message =
    `The disruption budget ${metadata?.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ` +
    `${status?.currentHealthy ?? 0} currently`
  const sentence = "Cannot evict pod as it would violate the pod's disruption budget."
  return new StatusError(429, 'TooManyRequests', sentence, {causes: [{reason: 'DisruptionBudget', message}]})
}
