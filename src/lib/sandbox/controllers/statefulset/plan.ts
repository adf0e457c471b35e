import type {StatefulSet, StatefulSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {isDeleting} from '../identity.ts'
import {availableIn, isAvailable, isRunningAndReady, isTerminal} from '../podstate.ts'
import {ordinalOf, revisionOf} from './pod.ts'

export type Step =
  | {do: 'create'; ordinal: number; revision: string}
  /** `failed`: it is replaced because its containers have ended. */
  | {do: 'delete'; pod: Pod; failed: boolean}

export interface Situation {
  set: StatefulSet
  pods: readonly Pod[]
  currentRevision: string
  updateRevision: string
  collisions: number
  now: Date
}

export interface Plan {
  steps: Step[]
  status: StatefulSetStatus
  /** Milliseconds until time alone changes the plan: a ready pod becomes available. */
  recheckIn?: number
}

interface Slot {
  ordinal: number
  pod: Pod | undefined
}

/** Pure: what one pass over a StatefulSet does, and the status that tells of it. */
export function plan(situation: Situation): Plan {
  const {set, pods, now} = situation
  const status = countedStatus(situation)
  const steps: Step[] = []
  const result = (): Plan => {
    completeUpdate(set, status)
    const waits = pods.map(pod => availableIn(pod, minReady(set), now)).filter(wait => wait !== undefined)
    const soonest = Math.min(...waits.filter(wait => wait > 0))
    return Number.isFinite(soonest) ? {steps, status, recheckIn: soonest} : {steps, status}
  }
  if (isDeleting(set)) return result()
  const {slots, condemned} = arrange(situation)
  const take = (step: Step): void => {
    steps.push(step)
    account(situation, status, step)
  }
  if (!fillSlots(situation, slots, take)) return result()
  if (!removeCondemned(situation, slots, condemned, take)) return result()
  if (set.spec?.updateStrategy?.type !== 'OnDelete') updateOne(situation, slots, take)
  return result()
}

const minReady = (set: StatefulSet): number => set.spec?.minReadySeconds ?? 0
const inOrder = (set: StatefulSet): boolean => set.spec?.podManagementPolicy !== 'Parallel'
const healthy = (pod: Pod): boolean => isRunningAndReady(pod) && !isDeleting(pod)

/** Whether the set, as scaled now, wants a pod of this ordinal. */
export function inRange(set: StatefulSet, ordinal: number): boolean {
  const start = set.spec?.ordinals?.start ?? 0
  return ordinal >= start && ordinal < start + (set.spec?.replicas ?? 1)
}

function arrange({set, pods}: Situation): {slots: Slot[]; condemned: Pod[]} {
  const start = set.spec?.ordinals?.start ?? 0
  const replicas = set.spec?.replicas ?? 1
  const slots: Slot[] = Array.from({length: replicas}, (_, index) => ({
    ordinal: start + index,
    pod: undefined,
  }))
  const rest: {ordinal: number; pod: Pod}[] = []
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    const slot = slots[ordinal - start]
    if (slot) slot.pod = pod
    else rest.push({ordinal, pod})
  }
  rest.sort((a, b) => b.ordinal - a.ordinal)
  return {slots, condemned: rest.map(({pod}) => pod)}
}

/** Creates missing pods and replaces ended ones. False when the pass must end here. */
function fillSlots(situation: Situation, slots: Slot[], take: (step: Step) => void): boolean {
  const {set, now} = situation
  let goOn = true
  for (const {ordinal, pod} of slots) {
    if (!pod) {
      take({do: 'create', ordinal, revision: revisionForNew(situation, ordinal)})
      if (inOrder(set)) return false
      continue
    }
    if (isTerminal(pod)) {
      if (!isDeleting(pod)) take({do: 'delete', pod, failed: true})
      if (inOrder(set)) return false
      goOn = false
      continue
    }
    if (!inOrder(set)) continue
    if (isDeleting(pod) || !isRunningAndReady(pod) || !isAvailable(pod, minReady(set), now)) return false
  }
  return goOn
}

/** Scales down from the highest ordinal; in order, one at a time and never past an unhealthy pod. */
function removeCondemned(
  {set, now}: Situation,
  slots: Slot[],
  condemned: Pod[],
  take: (step: Step) => void,
): boolean {
  const firstUnhealthy = [...slots.map(({pod}) => pod), ...condemned.toReversed()].find(
    pod => pod && !healthy(pod),
  )
  for (const pod of condemned) {
    if (isDeleting(pod)) {
      if (inOrder(set)) return false
      continue
    }
    const settled = isRunningAndReady(pod) && isAvailable(pod, minReady(set), now)
    if (inOrder(set) && !settled && pod !== firstUnhealthy) return false
    take({do: 'delete', pod, failed: false})
    if (inOrder(set)) return false
  }
  return true
}

/** A rolling update goes from the highest ordinal down to the partition and waits for each pod. */
function updateOne({set, updateRevision}: Situation, slots: Slot[], take: (step: Step) => void): void {
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  const start = set.spec?.ordinals?.start ?? 0
  for (const {ordinal, pod} of slots.toReversed()) {
    if (ordinal - start < partition || !pod) return
    if (revisionOf(pod) !== updateRevision && !isDeleting(pod)) {
      take({do: 'delete', pod, failed: false})
      return
    }
    if (!healthy(pod)) return
  }
}

/** Below the partition, and while a rolling update is under way, a new pod comes from the current revision. */
function revisionForNew({set, currentRevision, updateRevision}: Situation, ordinal: number): string {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return updateRevision
  const start = set.spec?.ordinals?.start ?? 0
  const {rollingUpdate} = set.spec?.updateStrategy ?? {}
  const stillCurrent = rollingUpdate
    ? ordinal < start + (rollingUpdate.partition ?? 0)
    : ordinal < start + (set.status?.currentReplicas ?? 0)
  return stillCurrent ? currentRevision : updateRevision
}

function countedStatus(situation: Situation): StatefulSetStatus {
  const {set, pods, currentRevision, updateRevision, now} = situation
  const count = (test: (pod: Pod) => boolean): number => pods.filter(test).length
  const alive = (revision: string) => (pod: Pod) => !isDeleting(pod) && revisionOf(pod) === revision
  const generation = set.metadata?.generation
  return {
    ...(generation === undefined ? {} : {observedGeneration: generation}),
    replicas: pods.length,
    readyReplicas: count(isRunningAndReady),
    currentReplicas: count(alive(currentRevision)),
    updatedReplicas: count(alive(updateRevision)),
    currentRevision,
    updateRevision,
    collisionCount: situation.collisions,
    availableReplicas: count(pod => isRunningAndReady(pod) && isAvailable(pod, minReady(set), now)),
    ...(set.status?.conditions ? {conditions: set.status.conditions} : {}),
  }
}

/** Edits the status for a step: a pod that goes no longer counts for its revision, a new one not yet. */
function account(situation: Situation, status: StatefulSetStatus, step: Step): void {
  if (step.do === 'create' || step.failed || isDeleting(step.pod)) return
  const revision = revisionOf(step.pod)
  if (revision === situation.currentRevision) status.currentReplicas = (status.currentReplicas ?? 0) - 1
  if (revision === situation.updateRevision) status.updatedReplicas = (status.updatedReplicas ?? 0) - 1
}

/** A rolling update that has reached every pod makes the update revision the current one. */
function completeUpdate(set: StatefulSet, status: StatefulSetStatus): void {
  const replicas = set.spec?.replicas ?? 1
  const strategy = set.spec?.updateStrategy
  const done =
    strategy?.type !== 'OnDelete' &&
    (strategy?.rollingUpdate?.partition ?? 0) === 0 &&
    status.updatedReplicas === replicas &&
    status.readyReplicas === replicas &&
    status.replicas === replicas
  if (!done || status.updateRevision === undefined) return
  status.currentReplicas = status.updatedReplicas ?? 0
  status.currentRevision = status.updateRevision
}
