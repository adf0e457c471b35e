import type {Deployment, ReplicaSet} from 'kubernetes-types/apps/v1.d.ts'
import {scaled} from '../scaled.ts'

export interface Resize {
  set: ReplicaSet
  replicas: number
}

export interface RolloutSituation {
  deployment: Deployment
  current: ReplicaSet
  /** Oldest first. */
  old: readonly ReplicaSet[]
  /** Whether pods of old ReplicaSets are still running. */
  oldPodsRun: boolean
}

const sizeOf = (set: ReplicaSet): number => set.spec?.replicas ?? 0
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0
const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + count(set), 0)

/** How many pods more, and how many fewer, than wanted there may be during a rolling update. */
export function margins(deployment: Deployment): {surge: number; unavailable: number} {
  if (deployment.spec?.strategy?.type === 'Recreate') return {surge: 0, unavailable: 0}
  const replicas = deployment.spec?.replicas ?? 1
  const {maxSurge = '25%', maxUnavailable = '25%'} = deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = scaled(maxSurge, replicas, 'up')
  const unavailable = Math.min(replicas, scaled(maxUnavailable, replicas, 'down'))
  // Neither more nor fewer would never get anywhere.
  return {surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable}
}

/** Pure: the next step of a rollout. The step after it comes when this one shows in the status. */
export function nextResizes(situation: RolloutSituation): Resize[] {
  const {deployment, current, old, oldPodsRun} = situation
  const replicas = deployment.spec?.replicas ?? 1
  if (deployment.spec?.strategy?.type === 'Recreate') {
    const active = old.filter(set => sizeOf(set) > 0)
    if (active.length > 0) return active.map(set => ({set, replicas: 0}))
    return oldPodsRun || sizeOf(current) === replicas ? [] : [{set: current, replicas}]
  }
  const grown = currentSize(situation, replicas)
  if (grown !== sizeOf(current)) return [{set: current, replicas: grown}]
  return shrinkOld(situation, replicas)
}

/** A paused Deployment still follows its replica count, in the one ReplicaSet that has pods. */
export function pausedResizes(deployment: Deployment, sets: readonly ReplicaSet[]): Resize[] {
  const active = sets.filter(set => sizeOf(set) > 0)
  const replicas = deployment.spec?.replicas ?? 1
  const only = active.length === 1 ? active[0] : undefined
  return only && sizeOf(only) !== replicas ? [{set: only, replicas}] : []
}

function currentSize({deployment, current, old}: RolloutSituation, replicas: number): number {
  const size = sizeOf(current)
  if (size >= replicas) return replicas
  const room = replicas + margins(deployment).surge - sum([current, ...old], sizeOf)
  return size + Math.max(0, Math.min(room, replicas - size))
}

function shrinkOld({deployment, current, old}: RolloutSituation, replicas: number): Resize[] {
  const all = [current, ...old]
  const least = replicas - margins(deployment).unavailable
  const missing = sizeOf(current) - availableOf(current)
  const spare = sum(all, sizeOf) - least - missing
  if (spare <= 0) return []
  const sizes = new Map(old.map(set => [set, sizeOf(set)]))
  const take = (set: ReplicaSet, count: number): void => {
    sizes.set(set, (sizes.get(set) ?? 0) - count)
  }
  // Pods that serve nobody go first: losing them costs nothing.
  let unhealthy = spare
  for (const set of old) {
    const count = Math.min(unhealthy, Math.max(0, sizeOf(set) - availableOf(set)))
    take(set, count)
    unhealthy -= count
  }
  let healthy = sum(all, availableOf) - least
  for (const set of old) {
    const count = Math.min(Math.max(0, healthy), sizes.get(set) ?? 0)
    take(set, count)
    healthy -= count
  }
  return old.filter(set => sizes.get(set) !== sizeOf(set)).map(set => ({set, replicas: sizes.get(set) ?? 0}))
}
