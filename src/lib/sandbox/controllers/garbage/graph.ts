import type {Change, KubeObject, ResourceType} from '../../registry.ts'

/** One object's place, whatever its uid. */
export interface Place {
  type: ResourceType
  namespace: string | undefined
  name: string
}

export const placeKey = ({type, namespace, name}: Place): string =>
  `${type.group}/${type.plural}/${namespace ?? ''}/${name}`

export const placeOf = (type: ResourceType, object: KubeObject): Place => ({
  type,
  namespace: type.namespaced ? object.metadata?.namespace : undefined,
  name: object.metadata?.name ?? '',
})

/** Who depends on whom, by the owners' uids; kept up to date from the changes of every kind. */
export class OwnershipGraph {
  readonly #places = new Map<string, Place>()
  readonly #dependents = new Map<string, Set<string>>()

  place(key: string): Place | undefined {
    return this.#places.get(key)
  }

  /** Keys of the objects that name this uid as an owner. */
  dependents(uid: string | undefined): string[] {
    return uid === undefined ? [] : [...(this.#dependents.get(uid) ?? [])]
  }

  apply(type: ResourceType, {type: kind, object, previous}: Change): void {
    const place = placeOf(type, object)
    const key = placeKey(place)
    if (previous) this.#forget(key, previous)
    if (kind === 'DELETED') {
      this.#forget(key, object)
      // Without dependents nobody will ever ask for it again.
      this.#places.delete(key)
      return
    }
    this.#places.set(key, place)
    for (const {uid} of object.metadata?.ownerReferences ?? []) {
      const keys = this.#dependents.get(uid) ?? new Set()
      this.#dependents.set(uid, keys.add(key))
    }
  }

  #forget(key: string, object: KubeObject): void {
    for (const {uid} of object.metadata?.ownerReferences ?? []) {
      const keys = this.#dependents.get(uid)
      if (keys?.delete(key) && keys.size === 0) this.#dependents.delete(uid)
    }
  }
}
