import type {Pod, TopologySpreadConstraint} from 'kubernetes-types/core/v1.d.ts'
import type {LabelMatcher} from '../../selector.ts'
import {matcherOf} from '../../selector.ts'
import {isDeleting, labelsOf, namespaceOf} from '../identity.ts'
import {controllerOf} from '../ownership.ts'
import {matchesNodeAffinity} from './nodeaffinity.ts'
import type {Candidate, Placement} from './snapshot.ts'
import {hardEffects, untolerated} from './taints.ts'

export const spreadReasons = {
  skew: "node(s) didn't match pod topology spread constraints",
  missing: "node(s) didn't match pod topology spread constraints (missing required label)",
} as const

interface Spread {
  constraint: TopologySpreadConstraint
  matches: LabelMatcher
  /** Matching pods by the domain's value. */
  counts: Map<string, number>
}

function matcherFor(
  constraint: TopologySpreadConstraint,
  labels: Readonly<Record<string, string>>,
): LabelMatcher {
  const selected = matcherOf(constraint.labelSelector)
  const keys = (constraint.matchLabelKeys ?? []).filter(key => labels[key] !== undefined)
  return other => selected(other) && keys.every(key => other[key] === labels[key])
}

function included(constraint: TopologySpreadConstraint, pod: Pod, candidate: Candidate): boolean {
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(pod, candidate)) return false
  if (constraint.nodeTaintsPolicy !== 'Honor') return true
  return untolerated(pod, candidate.node.spec?.taints, hardEffects).length === 0
}

function spreadOf(placement: Placement, constraint: TopologySpreadConstraint, keys: string[]): Spread {
  const {pod, labels, namespace, snapshot} = placement
  const matches = matcherFor(constraint, labels)
  const counts = new Map<string, number>()
  for (const candidate of snapshot.candidates) {
    const value = candidate.labels[constraint.topologyKey]
    if (value === undefined || keys.some(key => candidate.labels[key] === undefined)) continue
    if (!included(constraint, pod, candidate)) continue
    const matching = candidate.pods.filter(
      other => namespaceOf(other) === namespace && !isDeleting(other) && matches(labelsOf(other)),
    )
    counts.set(value, (counts.get(value) ?? 0) + matching.length)
  }
  return {constraint, matches, counts}
}

const constraintsOf = (pod: Pod, action: string): TopologySpreadConstraint[] =>
  (pod.spec?.topologySpreadConstraints ?? []).filter(each => each.whenUnsatisfiable === action)

/** Prepares the test of the pod's `DoNotSchedule` constraints against any node. */
export function topologySpread(placement: Placement): (candidate: Candidate) => string | undefined {
  const constraints = constraintsOf(placement.pod, 'DoNotSchedule')
  const keys = constraints.map(({topologyKey}) => topologyKey)
  const spreads = constraints.map(constraint => spreadOf(placement, constraint, keys))
  return ({labels}) => {
    for (const {constraint, matches, counts} of spreads) {
      const value = labels[constraint.topologyKey]
      if (value === undefined) return spreadReasons.missing
      const enough = counts.size >= (constraint.minDomains ?? 1)
      const least = enough && counts.size > 0 ? Math.min(...counts.values()) : 0
      const self = matches(placement.labels) ? 1 : 0
      if ((counts.get(value) ?? 0) + self - least > constraint.maxSkew) return spreadReasons.skew
    }
    return undefined
  }
}

/**
 * How crowded a node's domains are, the lower the better: by the pod's `ScheduleAnyway` constraints or,
 * without any, by pods of the same controller over zones and hosts, as Kubernetes spreads by default.
 */
export function crowding(placement: Placement): (candidate: Candidate) => number {
  const constraints = constraintsOf(placement.pod, 'ScheduleAnyway')
  if (constraints.length > 0) {
    const spreads = constraints.map(constraint => spreadOf(placement, constraint, []))
    return ({labels}) =>
      spreads.reduce((sum, {constraint, counts}) => {
        return sum + (counts.get(labels[constraint.topologyKey] ?? '') ?? 0) / constraint.maxSkew
      }, 0)
  }
  const owner = controllerOf(placement.pod)?.uid
  if (owner === undefined || (placement.pod.spec?.topologySpreadConstraints?.length ?? 0) > 0) return () => 0
  const own = (candidate: Candidate): number =>
    candidate.pods.filter(other => controllerOf(other)?.uid === owner).length
  const zones = new Map<string, number>()
  for (const candidate of placement.snapshot.candidates) {
    const zone = candidate.labels[zoneLabel] ?? ''
    zones.set(zone, (zones.get(zone) ?? 0) + own(candidate))
  }
  return candidate => own(candidate) / 3 + (zones.get(candidate.labels[zoneLabel] ?? '') ?? 0) / 5
}

const zoneLabel = 'topology.kubernetes.io/zone'
