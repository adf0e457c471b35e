import type {KubeObject, ResourceType, WrittenPart} from '../../registry.ts'
import type {Kind, KindTable, StrategyContext, User, View} from '../kind.ts'
import {resourceNotFound} from '../status.ts'
import type {Store} from '../storage/store.ts'
import {resourceKey} from '../storage/store.ts'

/** What every write of objects needs. */
export interface Backend {
  store: Store
  kinds: KindTable
  now(): Date
  /** Fresh random lower-case letters and digits for generated names. */
  suffix(length: number): string
  uuid(): string
}

/** Stores an object; gives it back in the version it came in. */
export function put(backend: Backend, kind: Kind, object: KubeObject): KubeObject {
  const stored = backend.store.put(resourceKey(kind), kind.view?.toSource(object) ?? object)
  return inVersion(stored, kind)
}

/** Who writes, and how. */
export interface WriteOptions {
  user: User
  /** Field manager for `managedFields`. */
  manager: string
  /** Everything but the commit. */
  dryRun?: boolean
  subresource?: Subresource
  /** The object carries its `managedFields` already, as server-side apply worked them out. */
  fieldsKnown?: boolean
}

export type Subresource = WrittenPart

/** The system itself: what controllers and nodes write as. */
export const systemUser: User = {name: 'system:apiserver', groups: ['system:masters', 'system:authenticated']}

export function kindOf(backend: Backend, type: ResourceType): Kind {
  const kind = backend.kinds.find(type.group, type.version, type.plural)
  if (kind === undefined) throw resourceNotFound()
  return kind
}

export const apiVersionOf = (type: {group: string; version: string}): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

export function read(
  backend: Backend,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
): KubeObject | undefined {
  const found = backend.store.get(resourceKey(type), type.namespaced ? namespace : undefined, name)
  return found === undefined ? undefined : inVersion(found, type)
}

/** The same object under the version that was asked for; custom kinds may be served in several. */
export function inVersion(
  object: KubeObject,
  type: {group: string; version: string; view?: View},
): KubeObject {
  const apiVersion = apiVersionOf(type)
  if (type.view !== undefined && object.apiVersion !== apiVersion) return type.view.fromSource(object)
  return object.apiVersion === apiVersion ? object : {...object, apiVersion}
}

export const contextOf = (backend: Backend, user: User): StrategyContext => ({
  user,
  now: backend.now(),
  list: (type, namespace) => backend.store.list(resourceKey(type), namespace),
  get: (type, namespace, name) => read(backend, type, namespace, name),
})

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`
