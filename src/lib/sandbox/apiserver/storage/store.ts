import type {ChangeType, KubeObject} from '../../registry.ts'
import {freezeJson} from '../json.ts'
import type {View} from '../kind.ts'
import {ChangeLog} from './change-log.ts'
import type {Database} from './database.ts'
import {decodeObject} from './decode.ts'

/** One committed change. `version` is its resourceVersion as a number. */
export interface StoreChange {
  /** `group/plural`, as in `apps/statefulsets`; `/pods` for core. */
  resource: string
  type: ChangeType
  object: KubeObject
  previous?: KubeObject
  version: number
}

export type StoreListener = (change: StoreChange) => void

/** Enough for minutes of a busy sandbox, in some 30 MB at most. */
const LOG_LIMITS = {changes: 10_000, characters: 8_000_000}

interface Subscription {
  /** Changes up to this version were there before the subscription. */
  from: number
  resource: string | undefined
  listener: StoreListener
}

/** Where objects of a type are kept; a kind that only shows another's objects has none of its own. */
export function resourceKey(type: {group: string; plural: string; view?: View}): string {
  const {group, plural} = type.view?.source ?? type
  return `${group}/${plural}`
}
export const objectKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/**
 * All objects in memory, written through to the database, numbered by one growing resourceVersion. Objects
 * are frozen: they are shared by every reader, every watch and the change log.
 */
export class Store {
  readonly #database: Database
  readonly #report: (error: unknown) => void
  readonly #objects = new Map<string, Map<string, KubeObject>>()
  readonly #log: ChangeLog
  readonly #encoded = new WeakMap<KubeObject, string>()
  readonly #subscriptions = new Set<Subscription>()
  #pending: StoreChange[] = []
  #version: number

  constructor(database: Database, report: (error: unknown) => void, limits = LOG_LIMITS) {
    this.#database = database
    this.#report = report
    const {version, rows} = database.load()
    this.#version = Math.max(version, 1)
    this.#log = new ChangeLog(this.#version, limits)
    for (const row of rows) this.#of(row.resource).set(row.key, freezeJson(decodeObject(row.json)))
  }

  /** The resourceVersion of the newest change. */
  get version(): number {
    return this.#version
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(objectKey(namespace, name))
  }

  /** In the order of namespace and name, as etcd gives them. */
  list(resource: string, namespace?: string): KubeObject[] {
    const objects = this.#objects.get(resource)
    if (objects === undefined) return []
    const keys = [...objects.keys()]
    const wanted = namespace === undefined ? keys : keys.filter(key => key.startsWith(`${namespace}/`))
    return wanted.sort().flatMap(key => objects.get(key) ?? [])
  }

  /** Stores a new or changed object under the next resourceVersion; gives what was stored. */
  put(resource: string, object: KubeObject): KubeObject {
    const version = ++this.#version
    const {kind, apiVersion, metadata, ...rest} = object
    const stored: KubeObject = freezeJson({
      ...(kind === undefined ? {} : {kind}),
      ...(apiVersion === undefined ? {} : {apiVersion}),
      metadata: {...metadata, resourceVersion: String(version)},
      ...rest,
    })
    const key = objectKey(metadata?.namespace, metadata?.name ?? '')
    const objects = this.#of(resource)
    const previous = objects.get(key)
    this.#database.put({resource, key, json: this.encode(stored)}, version)
    objects.set(key, stored)
    const type = previous === undefined ? 'ADDED' : 'MODIFIED'
    this.#commit({resource, type, object: stored, version, ...(previous === undefined ? {} : {previous})})
    return stored
  }

  /** Removes an object; gives its last state under the version of its removal. */
  remove(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const key = objectKey(namespace, name)
    const previous = this.#objects.get(resource)?.get(key)
    if (previous === undefined) return undefined
    const version = ++this.#version
    this.#database.remove(resource, key, version)
    this.#objects.get(resource)?.delete(key)
    const metadata = {...previous.metadata, resourceVersion: String(version)}
    const object = freezeJson({...previous, metadata})
    this.#commit({resource, type: 'DELETED', object, previous, version})
    return object
  }

  /** Changes after a version, oldest first; `undefined` when they are no longer remembered. */
  since(version: number, resource: string): StoreChange[] | undefined {
    return this.#log.since(version, resource)
  }

  /** Calls back after each later change, in order, in a later microtask. */
  subscribe(resource: string | undefined, listener: StoreListener): () => void {
    const subscription = {from: this.#version, resource, listener}
    this.#subscriptions.add(subscription)
    return () => this.#subscriptions.delete(subscription)
  }

  /** The object as JSON text, made once. */
  encode(object: KubeObject): string {
    const known = this.#encoded.get(object)
    if (known !== undefined) return known
    const text = JSON.stringify(object)
    this.#encoded.set(object, text)
    return text
  }

  close(): void {
    this.#subscriptions.clear()
    this.#database.close()
  }

  #of(resource: string): Map<string, KubeObject> {
    let objects = this.#objects.get(resource)
    if (objects === undefined) {
      objects = new Map()
      this.#objects.set(resource, objects)
    }
    return objects
  }

  #commit(change: StoreChange): void {
    this.#log.add(change, this.encode(change.object).length)
    if (this.#pending.length === 0) queueMicrotask(() => this.#deliver())
    this.#pending.push(change)
  }

  #deliver(): void {
    const changes = this.#pending
    this.#pending = []
    for (const change of changes) {
      for (const subscription of this.#subscriptions) this.#notify(subscription, change)
    }
  }

  /** One listener's failure must not cost another its change. */
  #notify({from, resource, listener}: Subscription, change: StoreChange): void {
    if (change.version <= from || (resource !== undefined && resource !== change.resource)) return
    try {
      listener(change)
    } catch (error) {
      this.#report(error)
    }
  }
}
