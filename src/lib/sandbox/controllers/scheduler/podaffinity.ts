import type {Pod, PodAffinityTerm} from 'kubernetes-types/core/v1.d.ts'
import {matcherOf} from '../../selector.ts'
import {labelsOf, namespaceOf} from '../identity.ts'
import type {Candidate, Placement, Snapshot} from './snapshot.ts'

/** Whether `other` is among the pods that a term of `owner` is about. */
export function termCovers(term: PodAffinityTerm, owner: Pod, other: Pod, snapshot: Snapshot): boolean {
  return inNamespaces(term, owner, other, snapshot) && matcherOf(term.labelSelector)(labelsOf(other))
}

function inNamespaces(term: PodAffinityTerm, owner: Pod, other: Pod, snapshot: Snapshot): boolean {
  const namespace = namespaceOf(other)
  const {namespaces = [], namespaceSelector} = term
  if (namespaces.length === 0 && !namespaceSelector) return namespace === namespaceOf(owner)
  if (namespaces.includes(namespace)) return true
  return namespaceSelector
    ? matcherOf(namespaceSelector)(snapshot.namespaceLabels.get(namespace) ?? {})
    : false
}

const requiredAffinity = (pod: Pod): PodAffinityTerm[] =>
  pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []

const requiredAntiAffinity = (pod: Pod): PodAffinityTerm[] =>
  pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []

/** Topology domains, as `key=value`, that hold a pod for which `covers` is true. */
function domains(snapshot: Snapshot, key: string, covers: (pod: Pod) => boolean): Set<string> {
  const found = new Set<string>()
  for (const {labels, pods} of snapshot.candidates) {
    const value = labels[key]
    if (value !== undefined && pods.some(covers)) found.add(value)
  }
  return found
}

export type AffinityTest = (candidate: Candidate) => string | undefined

export const affinityReasons = {
  affinity: "node(s) didn't match pod affinity rules",
  anti: "node(s) didn't match pod anti-affinity rules",
  existing: "node(s) didn't satisfy existing pods anti-affinity rules",
} as const

/** Prepares the test of one pod against any node: why the node is ruled out, if it is. */
export function interPodAffinity({pod, snapshot}: Placement): AffinityTest {
  const wanted = requiredAffinity(pod)
  const coversAll = (other: Pod): boolean => wanted.every(term => termCovers(term, pod, other, snapshot))
  const near = wanted.map(term => ({
    key: term.topologyKey,
    values: domains(snapshot, term.topologyKey, coversAll),
  }))
  // The first pod of a group that wants to be together has nobody to join yet.
  const first = near.every(({values}) => values.size === 0) && coversAll(pod)
  const far = requiredAntiAffinity(pod).map(term => ({
    key: term.topologyKey,
    values: domains(snapshot, term.topologyKey, other => termCovers(term, pod, other, snapshot)),
  }))
  const forbidden = forbiddenByOthers(pod, snapshot)
  return ({labels}) => {
    const within = (key: string, values: ReadonlySet<string>): boolean => {
      const value = labels[key]
      return value !== undefined && values.has(value)
    }
    if (near.some(({key}) => labels[key] === undefined)) return affinityReasons.affinity
    if (!first && !near.every(({key, values}) => within(key, values))) return affinityReasons.affinity
    if (far.some(({key, values}) => within(key, values))) return affinityReasons.anti
    for (const [key, values] of forbidden) if (within(key, values)) return affinityReasons.existing
    return undefined
  }
}

function forbiddenByOthers(pod: Pod, snapshot: Snapshot): Map<string, Set<string>> {
  const forbidden = new Map<string, Set<string>>()
  for (const {labels, pods} of snapshot.candidates) {
    for (const other of pods) {
      for (const term of requiredAntiAffinity(other)) {
        const value = labels[term.topologyKey]
        if (value === undefined || !termCovers(term, other, pod, snapshot)) continue
        const values = forbidden.get(term.topologyKey) ?? new Set()
        forbidden.set(term.topologyKey, values.add(value))
      }
    }
  }
  return forbidden
}

/** Preference of a node by the weighted terms of the pod and of the pods already there; may be negative. */
export function preferredPodWeight({pod, snapshot}: Placement): (candidate: Candidate) => number {
  const weighted = [
    ...signed(pod.spec?.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
    ...signed(pod.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
  ]
  const totals = weighted.map(({term, weight}) => {
    const counts = new Map<string, number>()
    for (const {labels, pods} of snapshot.candidates) {
      const value = labels[term.topologyKey]
      if (value === undefined) continue
      const covered = pods.filter(other => termCovers(term, pod, other, snapshot)).length
      counts.set(value, (counts.get(value) ?? 0) + covered * weight)
    }
    return {key: term.topologyKey, counts}
  })
  return ({labels}) => totals.reduce((sum, {key, counts}) => sum + (counts.get(labels[key] ?? '') ?? 0), 0)
}

const signed = (
  terms: {podAffinityTerm: PodAffinityTerm; weight: number}[] | undefined,
  sign: 1 | -1,
): {term: PodAffinityTerm; weight: number}[] =>
  (terms ?? []).map(({podAffinityTerm, weight}) => ({term: podAffinityTerm, weight: weight * sign}))
