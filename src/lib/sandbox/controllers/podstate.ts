import type {Pod, PodCondition} from 'kubernetes-types/core/v1.d.ts'
import {millisecondsOf} from './clock.ts'
import {isDeleting} from './identity.ts'

export const podCondition = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find(condition => condition.type === type)

export const isReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True'

export const isSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded'

export const isFailed = (pod: Pod): boolean => pod.status?.phase === 'Failed'

/** Its containers have ended for good. */
export const isTerminal = (pod: Pod): boolean => isSucceeded(pod) || isFailed(pod)

/** Neither ended nor on the way out. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !isDeleting(pod)

export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod)

/**
 * Milliseconds until a ready pod has been ready for `minReadySeconds`: 0 when it is available now,
 * undefined while it is not ready.
 */
export function availableIn(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  const since = millisecondsOf(ready.lastTransitionTime)
  if (since === undefined) return undefined
  return Math.max(0, since + minReadySeconds * 1000 - now.getTime())
}

export const isAvailable = (pod: Pod, minReadySeconds: number, now: Date): boolean =>
  availableIn(pod, minReadySeconds, now) === 0
