import type {Node, Pod} from 'kubernetes-types/core/v1.d.ts'
import {type Amounts, add, amountsOf, requestsOfPod} from '../../apiserver/kinds/pods/amounts.ts'

const known = new WeakMap<Pod, Amounts>()

/** What a pod takes of a node, its place among the node's pods included. Stored pods never change. */
export function requestsOf(pod: Pod): Amounts {
  const remembered = known.get(pod)
  if (remembered) return remembered
  const total = add(requestsOfPod(pod), new Map([['pods', 1000]]))
  known.set(pod, total)
  return total
}

export const allocatableOf = (node: Node): Amounts =>
  amountsOf(node.status?.allocatable ?? node.status?.capacity ?? {})
