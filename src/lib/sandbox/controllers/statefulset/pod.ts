import type {StatefulSet} from 'kubernetes-types/apps/v1.d.ts'
import type {PersistentVolumeClaim, Pod, PodTemplateSpec, Volume} from 'kubernetes-types/core/v1.d.ts'
import {statefulSets} from '../../resources.ts'
import {labelsOf, nameOf, namespaceOf} from '../identity.ts'
import {controllerReference} from '../ownership.ts'

export const revisionLabel = 'controller-revision-hash'
const podNameLabel = 'statefulset.kubernetes.io/pod-name'
const podIndexLabel = 'apps.kubernetes.io/pod-index'

export const podName = (set: StatefulSet, ordinal: number): string => `${nameOf(set)}-${ordinal}`

export const revisionOf = (pod: Pod): string | undefined => labelsOf(pod)[revisionLabel]

/** The ordinal in a pod's name, or undefined when the name is not one of this set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const parts = /^(.+)-(0|[1-9][0-9]*)$/.exec(nameOf(pod))
  if (parts?.[1] !== nameOf(set) || parts[2] === undefined) return undefined
  return Number(parts[2])
}

export const claimName = (template: PersistentVolumeClaim, pod: string): string =>
  `${nameOf(template)}-${pod}`

/** The claims of one pod, by volume name. */
export function claimsOf(set: StatefulSet, ordinal: number): Map<string, PersistentVolumeClaim> {
  const claims = new Map<string, PersistentVolumeClaim>()
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const {annotations, labels} = template.metadata ?? {}
    claims.set(nameOf(template), {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(template, podName(set, ordinal)),
        namespace: namespaceOf(set),
        labels: {...labels, ...set.spec?.selector.matchLabels},
        ...(annotations ? {annotations} : {}),
      },
      ...(template.spec ? {spec: template.spec} : {}),
    })
  }
  return claims
}

/** The pod of one ordinal, made from a revision's template. */
export function newPod(set: StatefulSet, ordinal: number, revision: string, template: PodTemplateSpec): Pod {
  const {labels, annotations, finalizers} = template.metadata ?? {}
  const spec = structuredClone(template.spec)
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(set, ordinal),
      generateName: `${nameOf(set)}-`,
      namespace: namespaceOf(set),
      labels: {...labels, [revisionLabel]: revision},
      ownerReferences: [controllerReference(statefulSets, set)],
      ...(annotations ? {annotations: {...annotations}} : {}),
      ...(finalizers ? {finalizers: [...finalizers]} : {}),
    },
    ...(spec ? {spec} : {}),
  }
  if (pod.spec) {
    pod.spec.hostname = podName(set, ordinal)
    if (set.spec?.serviceName) pod.spec.subdomain = set.spec.serviceName
  }
  setIdentity(set, ordinal, pod)
  return pod
}

/** Edits the pod: the labels and volumes that tie it to its ordinal. */
export function setIdentity(set: StatefulSet, ordinal: number, pod: Pod): void {
  if (!pod.metadata || !pod.spec) return
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [podNameLabel]: podName(set, ordinal),
    [podIndexLabel]: String(ordinal),
  }
  const claims = claimsOf(set, ordinal)
  if (claims.size === 0) return
  const claimed: Volume[] = Array.from(claims, ([name, claim]) => ({
    name,
    persistentVolumeClaim: {claimName: nameOf(claim)},
  }))
  const others = (pod.spec.volumes ?? []).filter(volume => !claims.has(volume.name))
  pod.spec.volumes = [...claimed, ...others]
}

/** Whether the labels still name the pod's ordinal; a person may have edited them. */
export const identityMatches = (set: StatefulSet, ordinal: number, pod: Pod): boolean =>
  labelsOf(pod)[podNameLabel] === podName(set, ordinal) && labelsOf(pod)[podIndexLabel] === String(ordinal)
