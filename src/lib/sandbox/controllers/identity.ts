import type {KubeObject, Registry, ResourceType} from '../registry.ts'

/** A stored object always has a name; one without is a defect of whoever handed it over. */
export function nameOf(object: KubeObject): string {
  const name = object.metadata?.name
  if (name === undefined) throw new TypeError(`a ${object.kind ?? 'object'} without a name`)
  return name
}

export function uidOf(object: KubeObject): string {
  const uid = object.metadata?.uid
  if (uid === undefined) throw new TypeError(`${object.kind ?? 'object'} ${nameOf(object)} has no uid`)
  return uid
}

/** The namespace, or `''` for a cluster-scoped object. */
export const namespaceOf = (object: KubeObject): string => object.metadata?.namespace ?? ''

export const labelsOf = (object: KubeObject): Record<string, string> => object.metadata?.labels ?? {}

export const annotationsOf = (object: KubeObject): Record<string, string> =>
  object.metadata?.annotations ?? {}

export const isDeleting = (object: KubeObject): boolean => object.metadata?.deletionTimestamp !== undefined

export const hasFinalizer = (object: KubeObject, finalizer: string): boolean =>
  object.metadata?.finalizers?.includes(finalizer) ?? false

/** `namespace/name`, or `name` for a cluster-scoped object: the key of a work queue. */
export function keyOf(object: KubeObject): string {
  const namespace = namespaceOf(object)
  return namespace === '' ? nameOf(object) : `${namespace}/${nameOf(object)}`
}

export function splitKey(key: string): {namespace: string; name: string} {
  const slash = key.indexOf('/')
  return slash < 0 ? {namespace: '', name: key} : {namespace: key.slice(0, slash), name: key.slice(slash + 1)}
}

export const apiVersionOf = (type: ResourceType): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

/** Takes a finalizer off; the last one of an object being deleted removes the object. */
export function removeFinalizer(
  registry: Registry,
  type: ResourceType,
  object: KubeObject,
  finalizer: string,
): void {
  registry.modify(type, object.metadata?.namespace, nameOf(object), draft => {
    if (!draft.metadata?.finalizers) return
    const kept = draft.metadata.finalizers.filter(each => each !== finalizer)
    if (kept.length > 0) draft.metadata.finalizers = kept
    else delete draft.metadata.finalizers
  })
}

export function addFinalizer(
  registry: Registry,
  type: ResourceType,
  object: KubeObject,
  finalizer: string,
): void {
  registry.modify(type, object.metadata?.namespace, nameOf(object), draft => {
    if (!draft.metadata || hasFinalizer(draft, finalizer)) return
    draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), finalizer]
  })
}
