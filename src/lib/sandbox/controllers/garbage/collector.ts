import type {OwnerReference} from 'kubernetes-types/meta/v1.d.ts'
import type {Change, KubeObject, Registry, ResourceType} from '../../registry.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController} from '../controller.ts'
import {apiVersionOf, hasFinalizer, isDeleting, nameOf, removeFinalizer} from '../identity.ts'
import {removeOwner} from '../ownership.ts'
import type {WorkQueue} from '../queue.ts'
import type {Place} from './graph.ts'
import {OwnershipGraph, placeKey, placeOf} from './graph.ts'

const foreground = 'foregroundDeletion'
const orphan = 'orphan'

/** Deletes what lost its owners, and carries out foreground deletion and orphaning. */
export function startGarbageCollector(context: ControllerContext): Stop {
  const {registry} = context
  const graph = new OwnershipGraph()
  const existing: string[] = []
  for (const type of registry.types()) {
    for (const object of registry.list(type)) {
      graph.apply(type, {type: 'ADDED', object})
      existing.push(placeKey(placeOf(type, object)))
    }
  }
  return runController(context, {
    name: 'garbage-collector',
    sources: [
      {
        watch: queue =>
          registry.watchAll((type, change) => {
            graph.apply(type, change)
            enqueue(registry, graph, queue, {type, change})
          }),
        initial: () => existing,
      },
    ],
    sync: (key, queue) => {
      const place = graph.place(key)
      const object = place && registry.get(place.type, place.namespace, place.name)
      if (place && object) new Collection(registry, graph, queue).visit(place, object)
    },
  })
}

function enqueue(
  registry: Registry,
  graph: OwnershipGraph,
  queue: WorkQueue,
  {type, change}: {type: ResourceType; change: Change},
): void {
  const {object} = change
  const owners = object.metadata?.ownerReferences ?? []
  if (change.type === 'DELETED') {
    for (const key of graph.dependents(object.metadata?.uid)) queue.add(key)
    // An owner deleted in the foreground may have waited for this one.
    for (const reference of owners) {
      const place = ownerPlace(registry, object, reference)
      if (place) queue.add(placeKey(place))
    }
    return
  }
  if (owners.length > 0 || isDeleting(object)) queue.add(placeKey(placeOf(type, object)))
}

/** Where an owner would be: in the dependent's namespace. Undefined when its kind is not served. */
function ownerPlace(registry: Registry, dependent: KubeObject, owner: OwnerReference): Place | undefined {
  const type = registry
    .types()
    .find(each => each.kind === owner.kind && apiVersionOf(each) === owner.apiVersion)
  if (!type) return undefined
  return {type, namespace: type.namespaced ? dependent.metadata?.namespace : undefined, name: owner.name}
}

type Standing = 'solid' | 'dangling' | 'waiting'

class Collection {
  readonly #registry: Registry
  readonly #graph: OwnershipGraph
  readonly #queue: WorkQueue

  constructor(registry: Registry, graph: OwnershipGraph, queue: WorkQueue) {
    this.#registry = registry
    this.#graph = graph
    this.#queue = queue
  }

  visit(place: Place, object: KubeObject): void {
    if (!isDeleting(object)) {
      this.#asDependent(place, object)
      return
    }
    if (hasFinalizer(object, orphan)) this.#orphan(place, object)
    else if (hasFinalizer(object, foreground)) this.#awaitDependents(place, object)
  }

  #dependentsOf(owner: KubeObject): {place: Place; object: KubeObject}[] {
    return this.#graph.dependents(owner.metadata?.uid).flatMap(key => {
      const place = this.#graph.place(key)
      const object = place && this.#registry.get(place.type, place.namespace, place.name)
      return place && object ? [{place, object}] : []
    })
  }

  #orphan(place: Place, owner: KubeObject): void {
    const uid = owner.metadata?.uid ?? ''
    for (const dependent of this.#dependentsOf(owner)) {
      const {type, namespace, name} = dependent.place
      this.#registry.modify(type, namespace, name, draft => removeOwner(draft, uid))
    }
    removeFinalizer(this.#registry, place.type, owner, orphan)
  }

  #awaitDependents(place: Place, owner: KubeObject): void {
    const uid = owner.metadata?.uid
    const blocks = ({object}: {object: KubeObject}): boolean =>
      object.metadata?.ownerReferences?.some(each => each.uid === uid && each.blockOwnerDeletion === true) ??
      false
    const dependents = this.#dependentsOf(owner)
    for (const dependent of dependents) {
      if (!isDeleting(dependent.object)) this.#queue.add(placeKey(dependent.place))
    }
    if (!dependents.some(blocks)) removeFinalizer(this.#registry, place.type, owner, foreground)
  }

  #asDependent(place: Place, object: KubeObject): void {
    const owners = object.metadata?.ownerReferences ?? []
    if (owners.length === 0) return
    const standings = owners.map(owner => ({owner, standing: this.#standing(place, object, owner)}))
    const lost = standings.filter(({standing}) => standing !== 'solid').map(({owner}) => owner.uid)
    if (lost.length === 0) return
    if (lost.length < owners.length) {
      this.#registry.modify(place.type, place.namespace, place.name, draft => {
        for (const uid of lost) removeOwner(draft, uid)
      })
      return
    }
    const waiting = standings.some(({standing}) => standing === 'waiting')
    const hasDependents = this.#graph.dependents(object.metadata?.uid).length > 0
    const propagation = waiting && hasDependents ? 'Foreground' : policyOf(object)
    const uid = object.metadata?.uid
    this.#registry.delete(place.type, place.namespace, nameOf(object), {
      propagation,
      ...(uid === undefined ? {} : {uid}),
    })
  }

  /** An owner that cannot be judged counts as present: better garbage than a loss. */
  #standing(place: Place, dependent: KubeObject, reference: OwnerReference): Standing {
    const where = ownerPlace(this.#registry, dependent, reference)
    if (!where || (where.type.namespaced && !place.type.namespaced)) return 'solid'
    const owner = this.#registry.get(where.type, where.namespace, where.name)
    if (owner?.metadata?.uid !== reference.uid) return 'dangling'
    return isDeleting(owner) && hasFinalizer(owner, foreground) ? 'waiting' : 'solid'
  }
}

function policyOf(object: KubeObject): 'Background' | 'Foreground' | 'Orphan' {
  if (hasFinalizer(object, orphan)) return 'Orphan'
  return hasFinalizer(object, foreground) ? 'Foreground' : 'Background'
}
