import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {millisecondsOf} from '../clock.ts'
import {annotationsOf} from '../identity.ts'
import {isReady, podCondition} from '../podstate.ts'

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost'

/** Pods in the order in which a smaller ReplicaSet gives them up. */
export function leastWantedFirst(pods: readonly Pod[]): Pod[] {
  const perNode = new Map<string, number>()
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? ''
    perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  /** The lower, the sooner it goes; the first difference decides. */
  const rank = (pod: Pod): number[] => [
    pod.spec?.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    Number(annotationsOf(pod)[costAnnotation] ?? 0),
    -(perNode.get(pod.spec?.nodeName ?? '') ?? 0),
    -(millisecondsOf(podCondition(pod, 'Ready')?.lastTransitionTime) ?? 0),
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({restartCount}) => restartCount)),
    -(millisecondsOf(pod.metadata?.creationTimestamp) ?? 0),
  ]
  const ranked = pods.map(pod => ({pod, rank: rank(pod)}))
  ranked.sort((a, b) => compare(a.rank, b.rank))
  return ranked.map(({pod}) => pod)
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
