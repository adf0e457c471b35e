import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from 'kubernetes-types/core/v1.d.ts'
import type {StorageClass} from 'kubernetes-types/storage/v1.d.ts'
import {type Amounts, add} from '../../apiserver/kinds/pods/amounts.ts'
import type {Registry} from '../../registry.ts'
import * as resources from '../../resources.ts'
import type {Labels} from '../../selector.ts'
import {labelsOf, nameOf, namespaceOf} from '../identity.ts'
import {isTerminal} from '../podstate.ts'
import {selectedNode} from '../volumes/claimstate.ts'
import {allocatableOf, requestsOf} from './requests.ts'
import {claimNames} from './volumes.ts'

export interface Candidate {
  node: Node
  name: string
  labels: Labels
  /** Pods bound to it that have not ended. */
  pods: Pod[]
  requested: Amounts
  allocatable: Amounts
}

/** Everything that a placement depends on, at one moment. */
export interface Snapshot {
  candidates: Candidate[]
  namespaceLabels: ReadonlyMap<string, Labels>
  claim: (namespace: string, name: string) => PersistentVolumeClaim | undefined
  volume: (name: string) => PersistentVolume | undefined
  volumes: () => PersistentVolume[]
  storageClass: (name: string) => StorageClass | undefined
}

export function snapshotOf(registry: Registry, placing?: Pod): Snapshot {
  const candidates = registry.list(resources.nodes).map(candidateOf)
  const byName = new Map(candidates.map(candidate => [candidate.name, candidate]))
  for (const pod of registry.list(resources.pods)) {
    const candidate = byName.get(pod.spec?.nodeName ?? assumedNode(registry, pod) ?? '')
    if (!candidate || isTerminal(pod) || pod.metadata?.uid === placing?.metadata?.uid) continue
    candidate.pods.push(pod)
    candidate.requested = add(candidate.requested, requestsOf(pod))
  }
  const named = (namespace: Namespace): [string, Labels] => [nameOf(namespace), labelsOf(namespace)]
  return {
    candidates,
    namespaceLabels: new Map(registry.list(resources.namespaces).map(named)),
    claim: (namespace, name) => registry.get(resources.persistentVolumeClaims, namespace, name),
    volume: name => registry.get(resources.persistentVolumes, undefined, name),
    volumes: () => registry.list(resources.persistentVolumes),
    storageClass: name => registry.get(resources.storageClasses, undefined, name),
  }
}

/**
 * Where a pod is bound to go whose volumes are still being made: it counts there already, or all the pods
 * that are created together would find the same node empty.
 */
function assumedNode(registry: Registry, pod: Pod): string | undefined {
  for (const name of claimNames(pod)) {
    const claim = registry.get(resources.persistentVolumeClaims, namespaceOf(pod), name)
    const node = claim && selectedNode(claim)
    if (node !== undefined) return node
  }
  return undefined
}

function candidateOf(node: Node): Candidate {
  return {
    node,
    name: nameOf(node),
    labels: labelsOf(node),
    pods: [],
    requested: new Map(),
    allocatable: allocatableOf(node),
  }
}

/** Everything about one pod that filters and scores ask again and again. */
export interface Placement {
  pod: Pod
  namespace: string
  labels: Labels
  requests: Amounts
  snapshot: Snapshot
}

export const placementOf = (pod: Pod, snapshot: Snapshot): Placement => ({
  pod,
  namespace: namespaceOf(pod),
  labels: labelsOf(pod),
  requests: requestsOf(pod),
  snapshot,
})
