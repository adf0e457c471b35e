import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from 'kubernetes-types/apps/v1.d.ts'
import {millisecondsOf, timestamp} from '../clock.ts'
import {nameOf} from '../identity.ts'
import {margins} from './rollout.ts'

export interface StatusSituation {
  deployment: Deployment
  current: ReplicaSet | undefined
  old: readonly ReplicaSet[]
  created: boolean
  now: Date
}

export interface StatusResult {
  status: DeploymentStatus
  /** Milliseconds until the rollout counts as stuck. */
  recheckIn: number | undefined
}

/** Pure: what the ReplicaSets' own statuses add up to. */
export function deploymentStatus(situation: StatusSituation): StatusResult {
  const {deployment, current, old} = situation
  const sets = current ? [current, ...old] : [...old]
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    sets.reduce((total, set) => total + (count(set) ?? 0), 0)
  const replicas = sum(({status}) => status?.replicas)
  const updated = current?.status?.replicas ?? 0
  const ready = sum(({status}) => status?.readyReplicas)
  const available = sum(({status}) => status?.availableReplicas)
  const unavailable = Math.max(0, sum(({spec}) => spec?.replicas) - available)
  const generation = deployment.metadata?.generation
  const collisions = deployment.status?.collisionCount
  const status: DeploymentStatus = {
    ...(generation === undefined ? {} : {observedGeneration: generation}),
    ...(replicas > 0 ? {replicas} : {}),
    ...(updated > 0 ? {updatedReplicas: updated} : {}),
    ...(ready > 0 ? {readyReplicas: ready} : {}),
    ...(available > 0 ? {availableReplicas: available} : {}),
    ...(unavailable > 0 ? {unavailableReplicas: unavailable} : {}),
    ...(collisions === undefined ? {} : {collisionCount: collisions}),
  }
  const progress = progressing(situation, status)
  const conditions = [availability(situation, available), progress.condition].filter(
    each => each !== undefined,
  )
  return {status: {...status, ...(conditions.length > 0 ? {conditions} : {})}, recheckIn: progress.recheckIn}
}

const conditionOf = (deployment: Deployment, type: string): DeploymentCondition | undefined =>
  deployment.status?.conditions?.find(each => each.type === type)

type Finding = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

/** Keeps the times of a condition that says the same as before, unless something moved. */
function settled(deployment: Deployment, finding: Finding, now: Date, moved = false): DeploymentCondition {
  const before = conditionOf(deployment, finding.type)
  const time = timestamp(now)
  if (before?.status !== finding.status) return {...finding, lastUpdateTime: time, lastTransitionTime: time}
  const same = before.reason === finding.reason && before.message === finding.message && !moved
  return {
    ...finding,
    lastUpdateTime: same ? (before.lastUpdateTime ?? time) : time,
    lastTransitionTime: before.lastTransitionTime ?? time,
  }
}

function availability({deployment, now}: StatusSituation, available: number): DeploymentCondition {
  const least = (deployment.spec?.replicas ?? 1) - margins(deployment).unavailable
  const enough = available >= least
  return settled(
    deployment,
    {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough
        ? 'Deployment has minimum availability.'
        : 'Deployment does not have minimum availability.',
    },
    now,
  )
}

function progressing(
  {deployment, current, created, now}: StatusSituation,
  status: DeploymentStatus,
): {condition: DeploymentCondition | undefined; recheckIn: number | undefined} {
  const before = conditionOf(deployment, 'Progressing')
  if (!current) return {condition: before, recheckIn: undefined}
  const name = `"${nameOf(current)}"`
  const settle = (value: string, reason: string, message: string, moved = false) =>
    settled(deployment, {type: 'Progressing', status: value, reason, message}, now, moved)
  if (created) {
    return {
      condition: settle('True', 'NewReplicaSetCreated', `Created new replica set ${name}`),
      recheckIn: deadlineOf(deployment),
    }
  }
  const wanted = deployment.spec?.replicas ?? 1
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas]
  const complete = counts.every(count => (count ?? 0) === wanted)
  const finished = before?.reason === 'NewReplicaSetAvailable' && !moved(deployment.status, status)
  if (complete || finished) {
    const message = `ReplicaSet ${name} has successfully progressed.`
    return {condition: settle('True', 'NewReplicaSetAvailable', message), recheckIn: undefined}
  }
  if (!before || moved(deployment.status, status)) {
    const message = `ReplicaSet ${name} is progressing.`
    return {condition: settle('True', 'ReplicaSetUpdated', message, true), recheckIn: deadlineOf(deployment)}
  }
  const since = millisecondsOf(before.lastUpdateTime) ?? now.getTime()
  const left = since + deadlineOf(deployment) - now.getTime()
  if (left > 0) return {condition: before, recheckIn: left}
  const message = `ReplicaSet ${name} has timed out progressing.`
  return {condition: settle('False', 'ProgressDeadlineExceeded', message), recheckIn: undefined}
}

const deadlineOf = (deployment: Deployment): number =>
  (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000

/** Towards the goal: more new pods, fewer old ones, more that are ready. */
function moved(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const updated = (status: DeploymentStatus | undefined): number => status?.updatedReplicas ?? 0
  const old = (status: DeploymentStatus | undefined): number => (status?.replicas ?? 0) - updated(status)
  return (
    updated(after) > updated(before) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  )
}
