import type {NodeSelector, NodeSelectorTerm, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Labels} from '../../selector.ts'
import {holdsAll, matchesPairs} from '../../selector.ts'

interface NodeFacts {
  name: string
  labels: Labels
}

/** A term without any requirement matches nothing. */
function termMatches({matchExpressions, matchFields}: NodeSelectorTerm, node: NodeFacts): boolean {
  if (!matchExpressions?.length && !matchFields?.length) return false
  return holdsAll(matchExpressions, node.labels) && holdsAll(matchFields, {'metadata.name': node.name})
}

/** One of the terms is enough. */
export const selectorMatches = (selector: NodeSelector | undefined, node: NodeFacts): boolean =>
  selector === undefined || selector.nodeSelectorTerms.some(term => termMatches(term, node))

/** The pod's `nodeSelector` and required node affinity. */
export function matchesNodeAffinity(pod: Pod, node: NodeFacts): boolean {
  if (!matchesPairs(pod.spec?.nodeSelector ?? {})(node.labels)) return false
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return selectorMatches(required, node)
}

/** The summed weights of the preferred terms that the node satisfies. */
export function preferredNodeWeight(pod: Pod, node: NodeFacts): number {
  const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return preferred
    .filter(({preference}) => termMatches(preference, node))
    .reduce((sum, {weight}) => sum + weight, 0)
}
