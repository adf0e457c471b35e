import type {DaemonSet} from 'kubernetes-types/apps/v1.d.ts'
import type {Node, NodeSelectorTerm, Pod, PodSpec, Toleration} from 'kubernetes-types/core/v1.d.ts'
import {daemonSets} from '../../resources.ts'
import {labelsOf, nameOf, namespaceOf} from '../identity.ts'
import {controllerReference} from '../ownership.ts'
import {canonicalJson, fnv32, safeEncode} from '../revisionhash.ts'
import {matchesNodeAffinity} from '../scheduler/nodeaffinity.ts'
import {hardEffects, untolerated} from '../scheduler/taints.ts'

export const revisionLabel = 'controller-revision-hash'

/** A daemon stays where other pods have to leave. */
const daemonTolerations: readonly Toleration[] = [
  {key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute'},
  {key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute'},
  {key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule'},
  {key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule'},
  {key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule'},
  {key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule'},
]

export const revisionOf = (set: DaemonSet): string => {
  const collisions = set.status?.collisionCount ?? 0
  return safeEncode(String(fnv32(canonicalJson(set.spec?.template) + String(collisions))))
}

/** The pod for one node; affinity to the node's name leaves the placing to the scheduler. */
export function newPod(set: DaemonSet, node: string): Pod {
  const {metadata, spec} = set.spec?.template ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${nameOf(set)}-`,
      namespace: namespaceOf(set),
      labels: {
        ...metadata?.labels,
        [revisionLabel]: revisionOf(set),
        'pod-template-generation': String(set.metadata?.generation ?? 1),
      },
      ...(metadata?.annotations ? {annotations: {...metadata.annotations}} : {}),
      ownerReferences: [controllerReference(daemonSets, set)],
    },
    spec: boundTo(node, structuredClone(spec ?? {containers: []})),
  }
}

function boundTo(node: string, spec: PodSpec): PodSpec {
  const {nodeAffinity, ...affinity} = spec.affinity ?? {}
  const nodeSelectorTerms: NodeSelectorTerm[] = [
    {matchFields: [{key: 'metadata.name', operator: 'In', values: [node]}]},
  ]
  const required = {nodeSelectorTerms}
  return {
    ...spec,
    affinity: {
      ...affinity,
      nodeAffinity: {...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required},
    },
    tolerations: [...(spec.tolerations ?? []), ...daemonTolerations],
  }
}

/** The node that a daemon's pod is on or meant for. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]
}

/** Pure: whether a new pod belongs on the node, and whether one that runs there may stay. */
export function suits(set: DaemonSet, node: Node): {run: boolean; stay: boolean} {
  const spec = set.spec?.template.spec ?? {containers: []}
  const pod: Pod = {spec: {...spec, tolerations: [...(spec.tolerations ?? []), ...daemonTolerations]}}
  if (!matchesNodeAffinity(pod, {name: nameOf(node), labels: labelsOf(node)}))
    return {run: false, stay: false}
  const {taints} = node.spec ?? {}
  const stay = untolerated(pod, taints, ['NoExecute']).length === 0
  return {run: untolerated(pod, taints, hardEffects).length === 0, stay}
}
