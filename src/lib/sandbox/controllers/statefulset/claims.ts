import type {StatefulSet} from 'kubernetes-types/apps/v1.d.ts'
import type {PersistentVolumeClaim, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {OwnerReference} from 'kubernetes-types/meta/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {persistentVolumeClaims, pods, statefulSets} from '../../resources.ts'
import {isDeleting, nameOf, namespaceOf} from '../identity.ts'
import {controllerReference, removeOwner} from '../ownership.ts'
import {claimsOf, podName} from './pod.ts'

/**
 * Creates the claims that a pod of this ordinal needs. Throws while an old claim is still on its way out,
 * so that the new pod never takes over a volume that is being deleted.
 */
export function ensureClaims(
  registry: Registry,
  set: StatefulSet,
  ordinal: number,
  created: (claim: PersistentVolumeClaim) => void,
): void {
  for (const wanted of claimsOf(set, ordinal).values()) {
    const existing = registry.get(persistentVolumeClaims, namespaceOf(set), nameOf(wanted))
    if (!existing) {
      created(registry.create(persistentVolumeClaims, wanted))
      continue
    }
    if (isDeleting(existing) || ownedByFormerPod(existing, podName(set, ordinal))) {
      throw new StatusError(409, 'Conflict', `persistentvolumeclaim ${nameOf(wanted)} is being deleted`)
    }
  }
}

/** Scaled away before its pod's successor came: garbage collection is about to delete it. */
const ownedByFormerPod = (claim: PersistentVolumeClaim, pod: string): boolean =>
  claim.metadata?.ownerReferences?.some(owner => owner.kind === 'Pod' && owner.name === pod) ?? false

/** Makes the claims' owners say what the retention policy says, so that garbage collection carries it out. */
export function applyRetention(
  registry: Registry,
  set: StatefulSet,
  {ordinal, pod, condemned}: {ordinal: number; pod: Pod | undefined; condemned: boolean},
): void {
  for (const claim of claimsOf(set, ordinal).values()) {
    registry.modify(persistentVolumeClaims, namespaceOf(set), nameOf(claim), draft => {
      const wanted = ownersFor(set, condemned ? pod : undefined)
      if (pod?.metadata?.uid !== undefined) dropUnless(draft, pod.metadata.uid, wanted)
      if (set.metadata?.uid !== undefined) dropUnless(draft, set.metadata.uid, wanted)
      dropFormerPods(draft, set, pod)
      for (const owner of wanted) addOwner(draft, owner)
    })
  }
}

function ownersFor(set: StatefulSet, condemned: Pod | undefined): OwnerReference[] {
  const {whenDeleted = 'Retain', whenScaled = 'Retain'} = set.spec?.persistentVolumeClaimRetentionPolicy ?? {}
  if (whenScaled === 'Delete' && condemned) return [controllerReference(pods, condemned)]
  if (whenDeleted === 'Delete') return [controllerReference(statefulSets, set)]
  return []
}

function dropUnless(draft: PersistentVolumeClaim, uid: string, wanted: OwnerReference[]): void {
  if (!wanted.some(owner => owner.uid === uid)) removeOwner(draft, uid)
}

/** A pod that was replaced under the same name owns nothing any more. */
function dropFormerPods(draft: PersistentVolumeClaim, set: StatefulSet, pod: Pod | undefined): void {
  if (!pod) return
  for (const owner of draft.metadata?.ownerReferences ?? []) {
    const former = owner.kind === 'Pod' && owner.name === nameOf(pod) && owner.uid !== pod.metadata?.uid
    if (former && owner.name.startsWith(`${nameOf(set)}-`)) removeOwner(draft, owner.uid)
  }
}

function addOwner(draft: PersistentVolumeClaim, owner: OwnerReference): void {
  if (!draft.metadata || draft.metadata.ownerReferences?.some(each => each.uid === owner.uid)) return
  draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), owner]
}
