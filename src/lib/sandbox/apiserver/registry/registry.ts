import type {
  Change,
  KubeObject,
  Registry,
  RegistryDelete,
  RegistryList,
  ResourceType,
} from '../../registry.ts'
import {holdsAll} from '../../selector.ts'
import {cloneJson, equalJson} from '../json.ts'
import type {StoreChange} from '../storage/store.ts'
import {resourceKey} from '../storage/store.ts'
import type {Backend, Subresource} from './backend.ts'
import {apiVersionOf, inVersion, kindOf, read, systemUser} from './backend.ts'
import {createObject} from './create.ts'
import {removeObject} from './remove.ts'
import {updateObject} from './update.ts'

/**
 * The proof behind the typed registry: an object under a kind's apiVersion and kind passed that kind's
 * schema when it was stored, and `T` is the type of that schema.
 */
function isOfType<T extends KubeObject>(type: ResourceType<T>, object: KubeObject): object is T {
  return object.kind === type.kind && object.apiVersion === apiVersionOf(type)
}

function typed<T extends KubeObject>(type: ResourceType<T>, object: KubeObject): T {
  const versioned = inVersion(object, type)
  if (isOfType(type, versioned)) return versioned
  throw new Error(`${object.apiVersion} ${object.kind} is stored among ${type.plural}`)
}

/** The registry for parts of the same process; each names itself as the manager of the fields it writes. */
export class LocalRegistry implements Registry {
  readonly #backend: Backend
  readonly #manager: string

  constructor(backend: Backend, manager: string) {
    this.#backend = backend
    this.#manager = manager
  }

  get<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
  ): T | undefined {
    const found = read(this.#backend, type, namespace, name)
    return found === undefined ? undefined : typed(type, found)
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: RegistryList = {}): T[] {
    const objects = this.#backend.store.list(
      resourceKey(type),
      type.namespaced ? options.namespace : undefined,
    )
    const {labels} = options
    const wanted =
      labels === undefined
        ? objects
        : objects.filter(object => holdsAll(labels, object.metadata?.labels ?? {}))
    return wanted.map(object => typed(type, object))
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    return typed(type, createObject(this.#backend, type, object, this.#options()))
  }

  update<T extends KubeObject>(type: ResourceType<T>, object: T, subresource?: Subresource): T {
    return typed(type, updateObject(this.#backend, type, object, this.#options(subresource)))
  }

  modify<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    change: (draft: T) => void,
    subresource?: Subresource,
  ): T | undefined {
    const before = this.get(type, namespace, name)
    if (before === undefined) return undefined
    const draft = cloneJson(before)
    change(draft)
    return equalJson(draft, before) ? before : this.update(type, draft, subresource)
  }

  delete<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    options: RegistryDelete = {},
  ): void {
    removeObject(this.#backend, type, {namespace, name}, options)
  }

  watch<T extends KubeObject>(type: ResourceType<T>, listener: (change: Change<T>) => void): () => void {
    kindOf(this.#backend, type)
    return this.#backend.store.subscribe(resourceKey(type), change => {
      const object = typed(type, change.object)
      const previous = change.previous === undefined ? {} : {previous: typed(type, change.previous)}
      listener({type: change.type, object, ...previous})
    })
  }

  watchAll(listener: (type: ResourceType, change: Change) => void): () => void {
    return this.#backend.store.subscribe(undefined, change => {
      const type = this.#typeOf(change)
      if (type === undefined) return
      const previous = change.previous === undefined ? {} : {previous: change.previous}
      listener(type, {type: change.type, object: change.object, ...previous})
    })
  }

  types(): readonly ResourceType[] {
    return this.#backend.kinds.all().filter(kind => kind.view === undefined)
  }

  #typeOf({resource, object}: StoreChange): ResourceType | undefined {
    const [group = '', plural = ''] = resource.split('/')
    const version = object.apiVersion?.split('/').at(-1) ?? ''
    return this.#backend.kinds.find(group, version, plural)
  }

  #options(subresource?: Subresource) {
    return {user: systemUser, manager: this.#manager, ...(subresource === undefined ? {} : {subresource})}
  }
}
