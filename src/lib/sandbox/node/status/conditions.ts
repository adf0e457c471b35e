import type {ContainerStatus, Pod, PodCondition} from 'kubernetes-types/core/v1.d.ts'
import {initContainersOf, isSidecar} from '../containers.ts'
import type {Phase} from './phase.ts'

export interface FullCondition extends PodCondition {
  observedGeneration?: number
}

interface Finding {
  type: string
  holds: boolean
  reason?: string
  message?: string
}

const listed = (names: readonly string[]): string => `[${names.join(' ')}]`

function initialized(
  pod: Pod,
  phase: Phase,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): Finding {
  const type = 'Initialized'
  if (phase === 'Succeeded') return {type, holds: true, reason: 'PodCompleted'}
  const hasStarted = main.some(
    ({state, lastState}) => state?.running ?? state?.terminated ?? lastState?.terminated,
  )
  if (hasStarted) return {type, holds: true}
  const missing = initContainersOf(pod).filter(container => {
    const status = init.find(each => each.name === container.name)
    return isSidecar(container) ? !status?.started : !status?.ready
  })
  if (missing.length === 0) return {type, holds: true}
  const message = `containers with incomplete status: ${listed(missing.map(each => each.name))}`
  return {type, holds: false, reason: 'ContainersNotInitialized', message}
}

function containersReady(
  pod: Pod,
  phase: Phase,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): Finding {
  const type = 'ContainersReady'
  const sidecars = initContainersOf(pod).filter(isSidecar)
  const besides = init.filter(status => sidecars.some(each => each.name === status.name))
  const unready = [...besides, ...main].filter(status => !status.ready)
  if (phase === 'Succeeded') return {type, holds: false, reason: 'PodCompleted'}
  if (phase === 'Failed') return {type, holds: false, reason: 'PodFailed'}
  if (unready.length === 0) return {type, holds: true}
  const message = `containers with unready status: ${listed(unready.map(each => each.name))}`
  return {type, holds: false, reason: 'ContainersNotReady', message}
}

function ready(pod: Pod, containers: Finding): Finding {
  const type = 'Ready'
  if (!containers.holds) return {...containers, type}
  const unmet = (pod.spec?.readinessGates ?? []).flatMap(({conditionType}) => {
    const found = pod.status?.conditions?.find(each => each.type === conditionType)
    if (!found) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    if (found.status === 'True') return []
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`]
  })
  if (unmet.length === 0) return {type, holds: true}
  return {type, holds: false, reason: 'ReadinessGatesNotReady', message: unmet.join(', ')}
}

/** What the conditions are about. */
export interface ConditionsOf {
  readonly pod: Pod
  readonly phase: Phase
  readonly init: readonly ContainerStatus[]
  readonly main: readonly ContainerStatus[]
  /** The sandbox stands and has its address. */
  readonly hasSandbox: boolean
  /** As Kubernetes writes a time. */
  readonly now: string
}

/**
 * Pure. A pod's conditions as a kubelet writes them. Those of others (the scheduler's, readiness gates)
 * stay as they are.
 */
export function conditionsOf({pod, phase, init, main, hasSandbox, now}: ConditionsOf): FullCondition[] {
  const containers = containersReady(pod, phase, init, main)
  const findings: Finding[] = [
    {type: 'PodReadyToStartContainers', holds: hasSandbox},
    initialized(pod, phase, init, main),
    ready(pod, containers),
    containers,
    {type: 'PodScheduled', holds: true},
  ]
  const before = pod.status?.conditions ?? []
  const generation = pod.metadata?.generation
  const own = findings.map(({type, holds, reason, message}): FullCondition => {
    const old = before.find(each => each.type === type)
    const status = holds ? 'True' : 'False'
    const since = old?.status === status ? old.lastTransitionTime : undefined
    return {
      type,
      ...(generation === undefined ? {} : {observedGeneration: generation}),
      status,
      lastTransitionTime: since ?? now,
      ...(reason === undefined ? {} : {reason}),
      ...(message === undefined ? {} : {message}),
    }
  })
  const foreign = before.filter(each => !findings.some(finding => finding.type === each.type))
  return [...own, ...foreign]
}
