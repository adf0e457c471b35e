import type {Pod, PodStatus} from 'kubernetes-types/core/v1.d.ts'
import {timestamp} from '../../controllers/clock.ts'
import {qosClassOf} from '../amounts.ts'
import type {SandboxRecord} from '../runtime.ts'
import {conditionsOf} from './conditions.ts'
import {containerStatuses, type SeenContainers} from './containers.ts'
import {type Phase, phaseOf} from './phase.ts'

export interface SeenPod extends SeenContainers {
  readonly sandbox: SandboxRecord | undefined
  readonly hostIp: string
  /** The node ended the pod for this reason, whatever its containers did. */
  readonly failure: {readonly reason: string; readonly message: string} | undefined
  readonly now: Date
}

export interface FullPodStatus extends PodStatus {
  observedGeneration?: number
  phase: Phase
}

function addresses(pod: Pod, seen: SeenPod): Pick<PodStatus, 'podIP' | 'podIPs'> {
  const isOnHost = pod.spec?.hostNetwork === true
  const ip = isOnHost ? seen.hostIp : (seen.sandbox?.ip ?? (seen.isFinal ? pod.status?.podIP : undefined))
  return ip ? {podIP: ip, podIPs: [{ip}]} : {}
}

/** A pod that has ended stays ended. */
const settled = (pod: Pod): Phase | undefined => {
  const phase = pod.status?.phase
  return phase === 'Succeeded' || phase === 'Failed' ? phase : undefined
}

/** A pod is not over while anything of it may still run. */
function phaseNow(pod: Pod, seen: SeenPod, computed: Phase): Phase {
  const isOver = computed === 'Succeeded' || computed === 'Failed'
  if (seen.isFinal) return seen.failure ? 'Failed' : computed
  return isOver ? (pod.status?.phase === 'Pending' ? 'Pending' : 'Running') : computed
}

/** Pure. A pod's whole status as a kubelet reports it. */
export function podStatus(pod: Pod, seen: SeenPod): FullPodStatus {
  const {init, main} = containerStatuses(pod, seen)
  const phase = settled(pod) ?? phaseNow(pod, seen, phaseOf(pod, init, main, seen.isFinal))
  const now = timestamp(seen.now)
  const hasSandbox = seen.sandbox?.ready === true
  const generation = pod.metadata?.generation
  const {reason, message} = (seen.isFinal ? seen.failure : undefined) ?? pod.status ?? {}
  return {
    ...(generation === undefined ? {} : {observedGeneration: generation}),
    phase,
    conditions: conditionsOf({pod, phase, init, main, hasSandbox, now}),
    ...(reason === undefined ? {} : {reason}),
    ...(message === undefined ? {} : {message}),
    hostIP: seen.hostIp,
    hostIPs: [{ip: seen.hostIp}],
    ...addresses(pod, seen),
    startTime: pod.status?.startTime ?? now,
    ...(init.length > 0 ? {initContainerStatuses: init} : {}),
    containerStatuses: main,
    qosClass: pod.status?.qosClass ?? qosClassOf(pod),
  }
}
