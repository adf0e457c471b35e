import {preferredNodeWeight} from './nodeaffinity.ts'
import {preferredPodWeight} from './podaffinity.ts'
import type {Candidate, Placement} from './snapshot.ts'
import {crowding} from './spread.ts'
import {untolerated} from './taints.ts'

interface Scorer {
  /** Kubernetes' weight of this consideration. */
  weight: number
  /** The more the better. */
  value: (candidate: Candidate) => number
}

/** The node that suits best; of equals the one with fewer pods, then the first by name. */
export function best(placement: Placement, fitting: readonly Candidate[]): Candidate | undefined {
  if (fitting.length < 2) return fitting[0]
  const {pod} = placement
  const crowded = crowding(placement)
  const scorers: Scorer[] = [
    {weight: 3, value: ({node}) => -untolerated(pod, node.spec?.taints, ['PreferNoSchedule']).length},
    {weight: 2, value: candidate => preferredNodeWeight(pod, candidate)},
    {weight: 2, value: preferredPodWeight(placement)},
    {weight: 2, value: candidate => -crowded(candidate)},
    {weight: 1, value: candidate => freeShare(placement, candidate)},
  ]
  const totals = new Map<Candidate, number>(fitting.map(candidate => [candidate, 0]))
  for (const {weight, value} of scorers) {
    const values = fitting.map(value)
    const least = Math.min(...values)
    const range = Math.max(...values) - least
    if (range === 0) continue
    for (const [index, candidate] of fitting.entries()) {
      const share = ((values[index] ?? least) - least) / range
      totals.set(candidate, (totals.get(candidate) ?? 0) + share * weight)
    }
  }
  return [...totals].sort(compare)[0]?.[0]
}

function compare([a, scoreA]: [Candidate, number], [b, scoreB]: [Candidate, number]): number {
  if (scoreA !== scoreB) return scoreB - scoreA
  if (a.pods.length !== b.pods.length) return a.pods.length - b.pods.length
  return a.name < b.name ? -1 : 1
}

/** The share of CPU and memory that would stay free, 0 to 1. */
function freeShare({requests}: Placement, {requested, allocatable}: Candidate): number {
  const shares = ['cpu', 'memory'].map(resource => {
    const total = allocatable.get(resource) ?? 0
    if (total === 0) return 0
    const used = (requested.get(resource) ?? 0) + (requests.get(resource) ?? 0)
    return Math.max(0, 1 - used / total)
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}
