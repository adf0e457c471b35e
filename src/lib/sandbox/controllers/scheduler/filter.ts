import type {ContainerPort, Pod} from 'kubernetes-types/core/v1.d.ts'
import {matchesNodeAffinity} from './nodeaffinity.ts'
import {affinityReasons, interPodAffinity} from './podaffinity.ts'
import type {Candidate, Placement} from './snapshot.ts'
import {spreadReasons, topologySpread} from './spread.ts'
import {hardEffects, unschedulableTaint, untolerated} from './taints.ts'
import type {VolumeNeeds} from './volumes.ts'
import {volumesFit} from './volumes.ts'

/** Why a node is ruled out: what one filter found, in Kubernetes' words. */
export interface Refusal {
  reasons: string[]
  /** Whether evicting other pods could ever change it; Kubernetes' message counts both sorts. */
  preemptible: boolean
}

/** The first filter that rules the node out decides, in the order that Kubernetes runs them. */
export function createFilter(
  placement: Placement,
  needs: VolumeNeeds,
): (candidate: Candidate) => Refusal | undefined {
  const {pod, snapshot} = placement
  const spread = topologySpread(placement)
  const affinity = interPodAffinity(placement)
  const always = (reason: string | undefined): Refusal | undefined =>
    reason === undefined ? undefined : {reasons: [reason], preemptible: false}
  return candidate => {
    const fixed = nodeRefusal(pod, candidate)
    if (fixed !== undefined) return always(fixed)
    if (portsTaken(pod, candidate)) {
      return {reasons: ["node(s) didn't have free ports for the requested pod ports"], preemptible: true}
    }
    const short = shortages(placement, candidate)
    if (short) return short
    const volumes = volumesFit(needs, candidate, snapshot)
    if (volumes !== undefined) return always(volumes)
    const skewed = spread(candidate)
    if (skewed !== undefined) return {reasons: [skewed], preemptible: skewed === spreadReasons.skew}
    const apart = affinity(candidate)
    if (apart === undefined) return undefined
    return {reasons: [apart], preemptible: apart !== affinityReasons.affinity}
  }
}

function nodeRefusal(pod: Pod, candidate: Candidate): string | undefined {
  const {spec} = candidate.node
  if (spec?.unschedulable && untolerated(pod, [unschedulableTaint], hardEffects).length > 0) {
    return 'node(s) were unschedulable'
  }
  if (untolerated(pod, spec?.taints, hardEffects).length > 0) return 'node(s) had untolerated taint(s)'
  if (!matchesNodeAffinity(pod, candidate)) return "node(s) didn't match Pod's node affinity/selector"
  return undefined
}

const hostPorts = (pod: Pod): ContainerPort[] =>
  [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
    .flatMap(({ports}) => ports ?? [])
    .filter(({hostPort}) => hostPort !== undefined && hostPort > 0)

function portsTaken(pod: Pod, candidate: Candidate): boolean {
  const wanted = hostPorts(pod)
  if (wanted.length === 0) return false
  const taken = candidate.pods.flatMap(hostPorts)
  return wanted.some(port => taken.some(other => collide(port, other)))
}

function collide(a: ContainerPort, b: ContainerPort): boolean {
  if (a.hostPort !== b.hostPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return false
  const everywhere = ({hostIP}: ContainerPort): boolean => !hostIP || hostIP === '0.0.0.0'
  return everywhere(a) || everywhere(b) || a.hostIP === b.hostIP
}

function shortages({requests}: Placement, {requested, allocatable}: Candidate): Refusal | undefined {
  const reasons: string[] = []
  let preemptible = true
  for (const [resource, wanted] of requests) {
    const total = allocatable.get(resource)
    // A node that does not say how many pods it takes, takes any number.
    if (wanted === 0 || (resource === 'pods' && total === undefined)) continue
    if ((requested.get(resource) ?? 0) + wanted <= (total ?? 0)) continue
    reasons.push(resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`)
    if (wanted > (total ?? 0)) preemptible = false
  }
  return reasons.length > 0 ? {reasons, preemptible} : undefined
}
