import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {PodDisruptionBudget, PodDisruptionBudgetStatus} from 'kubernetes-types/policy/v1.d.ts'
import {millisecondsOf, timestamp} from '../clock.ts'
import {isDeleting, nameOf} from '../identity.ts'
import {isReady} from '../podstate.ts'
import {scaled} from '../scaled.ts'

/** An evicted pod that is still there after this was not evicted after all. */
const evictionTimeout = 120_000

export interface BudgetSituation {
  budget: PodDisruptionBudget
  /** Pods that the budget selects. */
  pods: readonly Pod[]
  /** How many pods their controllers want. */
  scale: number
  now: Date
}

export interface BudgetResult {
  status: PodDisruptionBudgetStatus
  /** Milliseconds until an eviction counts as not carried out. */
  recheckIn: number | undefined
}

/** Pure: how many of the pods may be disrupted now. */
export function assess({budget, pods, scale, now}: BudgetSituation): BudgetResult {
  const {disrupted, recheckIn} = pendingEvictions(budget, pods, now)
  const healthy = pods.filter(pod => !isDeleting(pod) && !(nameOf(pod) in disrupted) && isReady(pod)).length
  const {expected, desired} = wanted(budget, pods.length, scale)
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  const generation = budget.metadata?.generation
  const before = budget.status?.conditions?.find(({type}) => type === 'DisruptionAllowed')
  const value = allowed > 0 ? 'True' : 'False'
  const since = before?.status === value ? before.lastTransitionTime : timestamp(now)
  return {
    recheckIn,
    status: {
      ...(generation === undefined ? {} : {observedGeneration: generation}),
      ...(Object.keys(disrupted).length > 0 ? {disruptedPods: disrupted} : {}),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: value,
          reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
          message: '',
          lastTransitionTime: since,
          ...(generation === undefined ? {} : {observedGeneration: generation}),
        },
      ],
    },
  }
}

/** A whole `minAvailable` is about the pods there are; everything else about those that there should be. */
function wanted(
  {spec}: PodDisruptionBudget,
  present: number,
  scale: number,
): {expected: number; desired: number} {
  const {minAvailable, maxUnavailable} = spec ?? {}
  if (maxUnavailable !== undefined) {
    return {expected: scale, desired: Math.max(0, scale - scaled(maxUnavailable, scale, 'up'))}
  }
  if (typeof minAvailable === 'number') return {expected: present, desired: minAvailable}
  return {expected: scale, desired: scaled(minAvailable ?? 0, scale, 'up')}
}

function pendingEvictions(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  now: Date,
): {disrupted: Record<string, string>; recheckIn: number | undefined} {
  const disrupted: Record<string, string> = {}
  let recheckIn: number | undefined
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = pods.find(each => nameOf(each) === name)
    const left = (millisecondsOf(time) ?? 0) + evictionTimeout - now.getTime()
    if (!pod || isDeleting(pod) || left <= 0) continue
    disrupted[name] = time
    recheckIn = Math.min(left, recheckIn ?? left)
  }
  return {disrupted, recheckIn}
}
