import type {KubeObject} from '../ports.ts'

const keyOf = (object: KubeObject): string =>
  `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`

const sameState = (one: KubeObject | undefined, other: KubeObject): boolean =>
  one?.metadata.uid === other.metadata.uid && one?.metadata.resourceVersion === other.metadata.resourceVersion

/** What is there now, by namespace and name. */
export interface View {
  all(): KubeObject[]
  /** Takes a whole list; true when it differs from what was known. */
  replace(objects: readonly KubeObject[]): boolean
  put(object: KubeObject): void
  remove(object: KubeObject): void
}

export function emptyView(): View {
  const held = new Map<string, KubeObject>()
  return {
    all: () => [...held.values()],
    replace(objects) {
      if (
        objects.length === held.size &&
        objects.every(object => sameState(held.get(keyOf(object)), object))
      ) {
        return false
      }
      held.clear()
      for (const object of objects) held.set(keyOf(object), object)
      return true
    },
    put: object => void held.set(keyOf(object), object),
    remove: object => void held.delete(keyOf(object)),
  }
}
