import {randomUUID} from 'node:crypto'
import {isDeepStrictEqual} from 'node:util'
import type {
  Change,
  KubeObject,
  LabelRequirement,
  Registry,
  RegistryDelete,
  RegistryList,
  ResourceType,
  WrittenPart,
} from '../../src/lib/sandbox/registry.ts'
import {StatusError} from '../../src/lib/sandbox/registry.ts'
import * as resources from '../../src/lib/sandbox/resources.ts'

type Stored = KubeObject & {spec?: unknown; status?: unknown}
type Listener = (type: ResourceType, change: Change) => void

const builtIn: readonly ResourceType[] = Object.values(resources)

/** An API server's registry without validation: versions, finalizers, grace periods and watches only. */
export class FakeRegistry implements Registry {
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #listeners = new Set<Listener>()
  readonly #types: ResourceType[]
  readonly #now: () => Date
  #version = 0

  constructor(now: () => Date, types: readonly ResourceType[] = builtIn) {
    this.#now = now
    this.#types = [...types]
  }

  serve(type: ResourceType): void {
    this.#types.push(type)
  }

  types(): readonly ResourceType[] {
    return this.#types
  }

  get<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
  ): T | undefined {
    return this.#table(type).get(keyIn(type, namespace, name)) as T | undefined
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: RegistryList = {}): T[] {
    const all = [...this.#table(type)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
    const inside = all.filter(
      each =>
        !type.namespaced || options.namespace === undefined || each.metadata?.namespace === options.namespace,
    )
    return inside.filter(each => (options.labels ?? []).every(rule => holds(rule, each))) as T[]
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    const draft: Stored = structuredClone(object)
    const name = draft.metadata?.name ?? `${draft.metadata?.generateName}${randomUUID().slice(0, 5)}`
    draft.metadata = {
      ...draft.metadata,
      name,
      uid: draft.metadata?.uid ?? randomUUID(),
      generation: 1,
      creationTimestamp: this.#time(0),
    }
    if (type.plural === 'pods' && !draft.status) draft.status = {phase: 'Pending'}
    if (type.plural === 'namespaces') draft.spec = {finalizers: ['kubernetes']}
    if (this.get(type, draft.metadata.namespace, name)) {
      throw new StatusError(409, 'AlreadyExists', `${type.plural} "${name}" already exists`)
    }
    return this.#store(type, 'ADDED', draft) as T
  }

  update<T extends KubeObject>(type: ResourceType<T>, object: T, subresource?: WrittenPart): T {
    const {namespace, name = ''} = object.metadata ?? {}
    const changed = this.modify(
      type,
      namespace,
      name,
      draft => {
        for (const key of Object.keys(draft)) Reflect.deleteProperty(draft, key)
        Object.assign(draft, structuredClone(object))
      },
      subresource,
    )
    if (!changed) throw notFound(type, name)
    return changed
  }

  modify<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    change: (draft: T) => void,
    subresource?: WrittenPart,
  ): T | undefined {
    const before = this.get(type, namespace, name) as Stored | undefined
    if (!before) return undefined
    const edited = structuredClone(before)
    change(edited as T)
    const draft: Stored = structuredClone(before)
    if (subresource === 'status' || subresource === 'binding') {
      replace(draft, 'status', edited.status)
      if (subresource === 'binding') replace(draft, 'spec', edited.spec)
    } else {
      for (const key of new Set([...Object.keys(draft), ...Object.keys(edited)])) {
        if (key !== 'status') replace(draft, key, Reflect.get(edited, key))
      }
    }
    if (isDeepStrictEqual(draft, before)) return before as T
    const wantsMore = subresource !== 'binding' && !isDeepStrictEqual(draft.spec, before.spec)
    if (wantsMore) draft.metadata = {...draft.metadata, generation: (before.metadata?.generation ?? 1) + 1}
    return this.#commit(type, draft) as T
  }

  delete<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    options: RegistryDelete = {},
  ): void {
    const before = this.get(type, namespace, name) as Stored | undefined
    if (!before) throw notFound(type, name)
    if (options.uid !== undefined && options.uid !== before.metadata?.uid) {
      throw new StatusError(409, 'Conflict', 'the UID in the precondition differs')
    }
    const draft = structuredClone(before)
    const finalizers = [...(draft.metadata?.finalizers ?? [])]
    const extra = {Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined}
    const added = extra[options.propagation ?? 'Background']
    if (added && !finalizers.includes(added)) finalizers.push(added)
    const grace = type.plural === 'pods' ? podGrace(draft, options.gracePeriodSeconds) : 0
    draft.metadata = {
      ...draft.metadata,
      deletionTimestamp: draft.metadata?.deletionTimestamp ?? this.#time(grace),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length > 0 ? {finalizers} : {}),
    }
    if (type.plural === 'namespaces') draft.status = {phase: 'Terminating'}
    if (!isDeepStrictEqual(draft, before)) this.#commit(type, draft)
  }

  watch<T extends KubeObject>(type: ResourceType<T>, listener: (change: Change<T>) => void): () => void {
    return this.watchAll((changed, change) => {
      if (changed.plural === type.plural && changed.group === type.group) listener(change as Change<T>)
    })
  }

  watchAll(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #table(type: ResourceType): Map<string, Stored> {
    const id = `${type.group}/${type.plural}`
    const table = this.#objects.get(id) ?? new Map<string, Stored>()
    this.#objects.set(id, table)
    return table
  }

  #commit(type: ResourceType, draft: Stored): Stored {
    const held =
      (draft.metadata?.finalizers?.length ?? 0) > 0 ||
      (draft.metadata?.deletionGracePeriodSeconds ?? 0) > 0 ||
      (type.plural === 'namespaces' && ((draft.spec as {finalizers?: []})?.finalizers?.length ?? 0) > 0)
    const gone = draft.metadata?.deletionTimestamp !== undefined && !held
    return this.#store(type, gone ? 'DELETED' : 'MODIFIED', draft)
  }

  #store(type: ResourceType, change: Change['type'], draft: Stored): Stored {
    const key = keyIn(type, draft.metadata?.namespace, draft.metadata?.name ?? '')
    const previous = this.#table(type).get(key)
    this.#version += 1
    draft.metadata = {...draft.metadata, resourceVersion: String(this.#version)}
    const object = freeze(structuredClone(draft))
    if (change === 'DELETED') this.#table(type).delete(key)
    else this.#table(type).set(key, object)
    const told: Change = previous ? {type: change, object, previous} : {type: change, object}
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener(type, told)
    })
    return object
  }

  #time = (seconds: number): string =>
    `${new Date(this.#now().getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`
}

const keyIn = (type: ResourceType, namespace: string | undefined, name: string): string =>
  type.namespaced ? `${namespace}/${name}` : name

const notFound = (type: ResourceType, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${type.plural} "${name}" not found`)

function replace(object: object, key: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(object, key)
  else Reflect.set(object, key, value)
}

function podGrace(pod: Stored, asked: number | undefined): number {
  const spec = pod.spec as {nodeName?: string; terminationGracePeriodSeconds?: number} | undefined
  const phase = (pod.status as {phase?: string} | undefined)?.phase
  if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0
  return asked ?? spec.terminationGracePeriodSeconds ?? 30
}

function holds({key, operator, values}: LabelRequirement, object: KubeObject): boolean {
  const value = object.metadata?.labels?.[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const listed = value !== undefined && values.includes(value)
  return operator === 'In' ? listed : !listed
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) freeze(each)
  return Object.freeze(value)
}
