import type {ObjectMeta} from 'kubernetes-types/meta/v1.d.ts'

/** Any object as the API server stores it: plain JSON, never mutated once stored. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: ObjectMeta
}

/**
 * One kind of object, with its JSON type as a phantom: `registry.get(pods, …)` gives a Pod.
 * Sound because the registry stores only what passed the kind's schema.
 */
export interface ResourceType<T extends KubeObject = KubeObject> {
  readonly group: string
  readonly version: string
  /** Lower-case plural as in the URL: `pods`. */
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly phantom?: T
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface Change<T extends KubeObject = KubeObject> {
  type: ChangeType
  object: T
  /** The state before, for MODIFIED and DELETED. */
  previous?: T
}

export interface LabelRequirement {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  values: readonly string[]
}
/** All requirements must hold. */
export type LabelSelector = readonly LabelRequirement[]

export interface RegistryList {
  namespace?: string
  labels?: LabelSelector
}

export interface RegistryDelete {
  propagation?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  /** Preconditions: a mismatch throws a 409. */
  uid?: string
  resourceVersion?: string
}

/**
 * What part of an object a write is about: `status` writes only the status, `finalize` only a namespace's
 * `spec.finalizers`, `binding` only a pod's node and what its status says of that.
 */
export type WrittenPart = 'status' | 'finalize' | 'binding'

/**
 * The API server's objects as controllers and nodes use them: in the same process, as the system itself
 * (no RBAC), synchronously. Every write passes the same defaulting, validation, versioning and watch
 * fan-out as a request over HTTPS. Failures throw `StatusError`. Objects handed out are shared and frozen:
 * copy before you change (`modify` does).
 */
export interface Registry {
  get<T extends KubeObject>(type: ResourceType<T>, namespace: string | undefined, name: string): T | undefined
  list<T extends KubeObject>(type: ResourceType<T>, options?: RegistryList): T[]
  create<T extends KubeObject>(type: ResourceType<T>, object: T): T
  /** Replaces the object or a part of it; a `metadata.resourceVersion` in it is a precondition. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, subresource?: WrittenPart): T
  /**
   * Reads, lets `change` edit a private copy, and writes it if it differs. Synchronous, hence never a
   * conflict. Returns undefined when the object is gone.
   */
  modify<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    change: (draft: T) => void,
    subresource?: WrittenPart,
  ): T | undefined
  /**
   * Starts deletion as the API would: finalizers and a pod's grace period only mark it. With
   * `gracePeriodSeconds: 0` a pod is removed at once (what a kubelet does at the end).
   */
  delete<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    options?: RegistryDelete,
  ): void
  /** Calls the listener after each committed change, in order, in a later microtask. */
  watch<T extends KubeObject>(type: ResourceType<T>, listener: (change: Change<T>) => void): () => void
  /** Every change of every kind, for the garbage collector and namespace life cycle. */
  watchAll(listener: (type: ResourceType, change: Change) => void): () => void
  /** All kinds served now, custom ones included. */
  types(): readonly ResourceType[]
}

/** A Kubernetes `Status` failure as an exception. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Record<string, unknown> | undefined

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }
}
