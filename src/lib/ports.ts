/**
 * The outside world as interfaces. Pure code never imports an implementation;
 * `wire.ts` hands these to the commands, tests hand in fakes.
 */

export interface ObjectMeta {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: {apiVersion: string; kind: string; name: string; uid: string; controller?: boolean}[]
  finalizers?: string[]
  managedFields?: {manager?: string; operation?: string; subresource?: string; time?: string}[]
}

/** Any Kubernetes object as plain JSON. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** Names one kind of object and, with a name, one object. `namespace` is absent for cluster-wide kinds. */
export interface KindRef {
  apiVersion: string
  kind: string
}
export interface ObjectRef extends KindRef {
  name: string
  namespace?: string
}

export interface ListOptions {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

export type WatchEvent = {type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject}

export interface ApplyOptions {
  dryRun?: boolean
  /** Take fields that another manager owns. Only ever true for objects that pgk alone makes. */
  force?: boolean
  /** `status` writes the status subresource. */
  subresource?: 'status'
}

export interface DeleteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  uid?: string
  resourceVersion?: string
  dryRun?: boolean
}

export interface ExecResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface ExecOptions {
  namespace: string
  pod: string
  container: string
  command: string[]
  /** Written to the process and then ended. The only way a secret may travel. */
  stdin?: string
  timeoutSeconds?: number
  signal?: AbortSignal
}

export interface AccessQuestion {
  verb: string
  group: string
  resource: string
  namespace?: string
  name?: string
}

/** Everything pgk asks of a Kubernetes API. Failures are `PgkError`s, except that a missing object is `undefined`. */
export interface Kube {
  /** Server version such as `v1.36.2`. */
  version(): Promise<string>
  /** True when the API serves this kind (a custom resource may not be installed). */
  serves(kind: KindRef): Promise<boolean>
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  list(kind: KindRef, options?: ListOptions): Promise<KubeObject[]>
  /**
   * Keeps a live view: calls `changed` after the first list and after every change, re-lists by itself
   * when the connection drops or the version expired, and calls `lost` with the reason while it cannot.
   */
  watch(
    kind: KindRef,
    options: ListOptions,
    listener: {changed: (objects: readonly KubeObject[]) => void; lost: (reason: PgkReason) => void},
  ): {stop(): void}
  /** Server-side apply with field manager `pgk`. Nothing in the object may get lost on the way. */
  apply(object: KubeObject, options?: ApplyOptions): Promise<KubeObject>
  /** Creates, failing with `ALREADY_EXISTS` (exit 6) when it is there. `generateName` is honoured. */
  create(object: KubeObject, options?: {dryRun?: boolean}): Promise<KubeObject>
  /** JSON merge patch; with `metadata.resourceVersion` in it, a precondition. */
  patch(
    ref: ObjectRef,
    patch: Record<string, unknown>,
    options?: {subresource?: 'status'},
  ): Promise<KubeObject>
  /** True when something was there to delete. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>
  exec(options: ExecOptions): Promise<ExecResult>
  /** Attaches the process's own terminal or pipes; resolves with the remote exit code. */
  execAttached(options: Omit<ExecOptions, 'stdin' | 'timeoutSeconds'> & {tty: boolean}): Promise<number>
  logs(options: {
    namespace: string
    pod: string
    container: string
    tailLines?: number
    previous?: boolean
  }): Promise<string>
  canI(question: AccessQuestion): Promise<boolean>
}

export interface DocumentRef {
  namespace: string
  name: string
}

export interface StoredDocument {
  /**
   * The PostgresCluster as it is stored, unchecked: spec, status, and metadata with the name, namespace, uid,
   * generation and resourceVersion of what holds it.
   */
  document: KubeObject
  home: 'CustomResource' | 'ConfigMap'
  /** What the cluster's other objects name as their owner. */
  owner: {apiVersion: string; kind: string; name: string; uid: string; controller: boolean}
}

type StatusPatch = Readonly<Record<string, unknown>>
export type StatusChange = (status: StatusPatch) => StatusPatch

/** Where the documents live: as custom resources where the CRD is installed, else in ConfigMaps. */
export interface Store {
  get(ref: DocumentRef): Promise<StoredDocument | undefined>
  /** All namespaces where none is named. Labels are those of the document. */
  list(options?: ListOptions): Promise<StoredDocument[]>
  /**
   * Writes the document, but for its status. `resourceVersion` is a precondition (`CONFLICT`, exit 6);
   * `force` takes over fields of another manager. Refuses where a live PGO reconciles the same resource.
   */
  save(
    document: KubeObject,
    options?: {resourceVersion?: string; force?: boolean; dryRun?: boolean},
  ): Promise<StoredDocument>
  /**
   * Merges a patch (`mergeStatus`) into the status as it is then: what others write at the same time stays.
   * A function makes the patch from the present status, and again when somebody else was faster; what it
   * throws ends the save.
   */
  saveStatus(ref: DocumentRef, change: StatusPatch | StatusChange): Promise<void>
  /** Throws where a live PGO reconciles that very resource: two who work on one cluster undo each other. */
  refuseOperator(ref: DocumentRef): Promise<void>
  /** True when there was one. */
  remove(ref: DocumentRef): Promise<boolean>
}

/** A failure kept as a value: what could not be read, and why. */
export interface PgkReason {
  source: string
  reason: string
  /** `PGK_FORBIDDEN` and the like, where an error of pgk was the reason. */
  code?: string
}

export interface Clock {
  now(): Date
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export interface Randomness {
  bytes(count: number): Uint8Array
}
