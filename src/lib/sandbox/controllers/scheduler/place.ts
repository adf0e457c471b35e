import type {PersistentVolumeClaim, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Refusal} from './filter.ts'
import {createFilter} from './filter.ts'
import {best} from './score.ts'
import type {Candidate, Snapshot} from './snapshot.ts'
import {placementOf} from './snapshot.ts'
import {volumeNeeds} from './volumes.ts'

export type Outcome =
  /** `claims` must be bound before the pod is. */
  {node: Candidate; claims: PersistentVolumeClaim[]} | {refusal: string}

/** Pure: where a pod goes, or why nowhere, in Kubernetes' words. */
export function place(pod: Pod, snapshot: Snapshot): Outcome {
  const {candidates} = snapshot
  if (candidates.length === 0) return {refusal: 'no nodes available to schedule pods'}
  const placement = placementOf(pod, snapshot)
  const needs = volumeNeeds(placement)
  if (needs.refusal !== undefined) {
    const all = candidates.map(() => ({reasons: [], preemptible: false}))
    return {refusal: `${unavailable(candidates.length)} ${needs.refusal}. ${preemption(all)}`}
  }
  const filter = createFilter(placement, needs)
  const fitting: Candidate[] = []
  const refusals: Refusal[] = []
  for (const candidate of candidates) {
    const refusal = filter(candidate)
    if (refusal) refusals.push(refusal)
    else fitting.push(candidate)
  }
  const node = best(placement, fitting)
  if (node) return {node, claims: needs.waiting}
  const reasons = histogram(refusals.flatMap(refusal => refusal.reasons))
  return {refusal: `${unavailable(candidates.length)} ${reasons}. ${preemption(refusals)}`}
}

const unavailable = (nodes: number): string => `0/${nodes} nodes are available:`

/** `1 Insufficient cpu, 2 node(s) were unschedulable` */
function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Array.from(counts, ([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}

/** This scheduler evicts nothing for the sake of another pod, so it never finds a victim. */
function preemption(refusals: readonly Refusal[]): string {
  const reasons = refusals.map(({preemptible}) =>
    preemptible ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  )
  return `preemption: ${unavailable(refusals.length)} ${histogram(reasons)}.`
}
