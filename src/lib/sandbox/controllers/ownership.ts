import type {OwnerReference} from 'kubernetes-types/meta/v1.d.ts'
import type {KubeObject, Registry, ResourceType} from '../registry.ts'
import type {LabelMatcher} from '../selector.ts'
import {apiVersionOf, isDeleting, keyOf, labelsOf, nameOf, namespaceOf, uidOf} from './identity.ts'

/** The one owner that manages the object, if any. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata?.ownerReferences?.find(reference => reference.controller === true)

export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean =>
  controllerOf(object)?.uid === uidOf(owner)

export const controllerReference = (type: ResourceType, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(type),
  kind: type.kind,
  name: nameOf(owner),
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true,
})

/** The queue key of the object's controller when that is of this kind. */
export function controllerKey(object: KubeObject, type: ResourceType): string | undefined {
  const owner = controllerOf(object)
  if (owner?.kind !== type.kind || owner.apiVersion !== apiVersionOf(type)) return undefined
  return `${namespaceOf(object)}/${owner.name}`
}

export interface Claim<T extends KubeObject> {
  ownerType: ResourceType
  owner: KubeObject
  type: ResourceType<T>
  matches: LabelMatcher
  /** A further condition for adopting an orphan, such as its name. */
  mayAdopt?: (object: T) => boolean
}

/**
 * The objects that an owner controls: releases its own that no longer match the selector, adopts matching
 * ones that have no controller. An owner being deleted adopts nothing.
 */
export function claim<T extends KubeObject>(registry: Registry, wanted: Claim<T>): T[] {
  const {owner, ownerType, type, matches} = wanted
  const claimed: T[] = []
  for (const object of registry.list(type, {namespace: namespaceOf(owner)})) {
    const controller = controllerOf(object)
    const selected = matches(labelsOf(object))
    if (controller?.uid === uidOf(owner)) {
      if (selected || isDeleting(owner)) claimed.push(object)
      else release(registry, type, object, uidOf(owner))
      continue
    }
    if (controller || !selected || isDeleting(owner) || isDeleting(object)) continue
    if (wanted.mayAdopt && !wanted.mayAdopt(object)) continue
    const adopted = adopt(registry, type, object, controllerReference(ownerType, owner))
    if (adopted) claimed.push(adopted)
  }
  return claimed
}

/** Keys of the owners whose selector matches an object that nobody controls: they may want to adopt it. */
export function possibleOwners<O extends KubeObject>(
  registry: Registry,
  ownerType: ResourceType<O>,
  orphan: KubeObject,
  matcher: (owner: O) => LabelMatcher,
): string[] {
  const owners = registry.list(ownerType, {namespace: namespaceOf(orphan)})
  return owners.filter(owner => matcher(owner)(labelsOf(orphan))).map(keyOf)
}

function adopt<T extends KubeObject>(
  registry: Registry,
  type: ResourceType<T>,
  object: T,
  reference: OwnerReference,
): T | undefined {
  return registry.modify(type, namespaceOf(object), nameOf(object), draft => {
    if (!draft.metadata) return
    draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), reference]
  })
}

function release(registry: Registry, type: ResourceType, object: KubeObject, owner: string): void {
  registry.modify(type, namespaceOf(object), nameOf(object), draft => {
    removeOwner(draft, owner)
  })
}

/** Edits the draft: drops every reference to this owner. */
export function removeOwner(draft: KubeObject, uid: string): void {
  const references = draft.metadata?.ownerReferences
  if (!draft.metadata || !references) return
  const kept = references.filter(reference => reference.uid !== uid)
  if (kept.length > 0) draft.metadata.ownerReferences = kept
  else delete draft.metadata.ownerReferences
}
