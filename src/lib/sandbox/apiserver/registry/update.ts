import type {KubeObject, ResourceType} from '../../registry.ts'
import {recordUpdate} from '../apply/managed.ts'
import {cloneJson, equalJson, isObject, listOf, objectOf} from '../json.ts'
import type {Kind, StrategyContext} from '../kind.ts'
import {admitByQuota} from '../quota/admission.ts'
import {conflict, invalid, modifiedMeanwhile, notFound} from '../status.ts'
import {resourceKey} from '../storage/store.ts'
import type {Backend, WriteOptions} from './backend.ts'
import {apiVersionOf, contextOf, inVersion, kindOf, put} from './backend.ts'
import {namespaceHeld} from './create.ts'

/** Kinds whose status writers may also set labels and annotations. */
const STATUS_WITH_METADATA = new Set([
  'pods',
  'nodes',
  'namespaces',
  'persistentvolumes',
  'persistentvolumeclaims',
])

/**
 * Replaces one object (or its status, or a namespace's finalizers). A resourceVersion in the object is a
 * precondition. A write that changes nothing gives the stored object with its old version.
 */
export function updateObject(
  backend: Backend,
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions,
): KubeObject {
  const kind = kindOf(backend, type)
  const name = object.metadata?.name ?? ''
  const namespace = kind.namespaced ? object.metadata?.namespace : undefined
  const stored = backend.store.get(resourceKey(kind), namespace, name)
  if (stored === undefined) throw notFound(kind, name)
  const old = inVersion(stored, kind)
  checkPreconditions(kind, object, old)
  const context = contextOf(backend, options.user)
  const draft = merged(kind, cloneJson(object), old, options)
  const errors = prepare(kind, draft, old, {context, options})
  if (errors.length > 0) throw invalid(kind, name, errors)
  if (options.subresource === undefined) admitByQuota(context, kind, draft, old)
  return commit(backend, kind, draft, {old, dryRun: options.dryRun === true})
}

function checkPreconditions(kind: Kind, object: KubeObject, old: KubeObject): void {
  const name = old.metadata?.name ?? ''
  const {uid, resourceVersion} = object.metadata ?? {}
  if (uid && uid !== old.metadata?.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata?.uid}`
    throw conflict(kind, name, why)
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== old.metadata?.resourceVersion) {
    throw modifiedMeanwhile(kind, name)
  }
}

/** The draft with everything that this kind of write may not touch put back. */
function merged(kind: Kind, given: KubeObject, old: KubeObject, options: WriteOptions): KubeObject {
  const managedFields = given.metadata?.managedFields ?? old.metadata?.managedFields
  const fields = managedFields === undefined ? {} : {managedFields: cloneJson(managedFields)}
  if (options.subresource === 'status') {
    const {status}: KubeObject & {status?: unknown} = given
    const metadata = cloneJson(old.metadata ?? {})
    if (STATUS_WITH_METADATA.has(kind.plural)) {
      Object.assign(metadata, {labels: given.metadata?.labels, annotations: given.metadata?.annotations})
      if (given.metadata?.finalizers !== undefined) metadata.finalizers = given.metadata.finalizers
    }
    const kept: KubeObject & {status?: unknown} = cloneJson(old)
    delete kept.status
    return {...kept, metadata: {...metadata, ...fields}, ...(status === undefined ? {} : {status})}
  }
  if (options.subresource === 'binding') return bound(given, old)
  if (options.subresource === 'finalize') {
    const {spec}: KubeObject & {spec?: unknown} = given
    const finalizers = isObject(spec) ? spec['finalizers'] : undefined
    const kept: KubeObject & {spec?: unknown} = cloneJson(old)
    kept.spec = {...objectOf(kept.spec), finalizers: listOf(finalizers)}
    return kept
  }
  return {
    ...given,
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {...ownMetadata(given, old), ...fields},
  }
}

/** A pod on its node. Nobody owns the node's name, and nothing that is wanted of the pod has changed. */
function bound(given: KubeObject, old: KubeObject): KubeObject {
  const {spec, status}: KubeObject & {spec?: unknown; status?: unknown} = given
  const kept: KubeObject & {spec?: unknown; status?: unknown} = cloneJson(old)
  kept.spec = {...objectOf(kept.spec), nodeName: objectOf(spec)['nodeName']}
  if (status !== undefined) kept.status = status
  return kept
}

/** The writer's metadata with the server's own fields from before. */
function ownMetadata(given: KubeObject, old: KubeObject): NonNullable<KubeObject['metadata']> {
  const {deletionTimestamp: _d, deletionGracePeriodSeconds: _g, selfLink: _s, ...rest} = given.metadata ?? {}
  const {generation: _n, managedFields: _m, generateName: _p, ...metadata} = rest
  const was = old.metadata ?? {}
  return {
    ...metadata,
    ...(was.generateName === undefined ? {} : {generateName: was.generateName}),
    ...(was.uid === undefined ? {} : {uid: was.uid}),
    ...(was.namespace === undefined ? {} : {namespace: was.namespace}),
    ...(was.resourceVersion === undefined ? {} : {resourceVersion: was.resourceVersion}),
    ...(was.generation === undefined ? {} : {generation: was.generation}),
    ...(was.creationTimestamp === undefined ? {} : {creationTimestamp: was.creationTimestamp}),
    ...(was.deletionTimestamp === undefined ? {} : {deletionTimestamp: was.deletionTimestamp}),
    ...(was.deletionGracePeriodSeconds === undefined
      ? {}
      : {deletionGracePeriodSeconds: was.deletionGracePeriodSeconds}),
  }
}

function prepare(
  kind: Kind,
  draft: KubeObject,
  old: KubeObject,
  {context, options}: {context: StrategyContext; options: WriteOptions},
): ReturnType<Kind['validate']> {
  if (options.subresource === 'finalize') return []
  kind.setDefaults(draft, context)
  if (options.subresource === 'binding') return []
  if (options.fieldsKnown !== true) recordUpdate({kind, old, draft, options, now: context.now})
  if (options.subresource === 'status') return kind.validate(draft, old, context, 'status')
  kind.prepareForUpdate(draft, old, context)
  return kind.validate(draft, old, context)
}

/** True for an object whose deletion waits for nothing any more. */
function finished(kind: Kind, object: KubeObject): boolean {
  const metadata = object.metadata ?? {}
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false
  return kind.plural !== 'namespaces' || kind.group !== '' || !namespaceHeld(object)
}

function commit(
  backend: Backend,
  kind: Kind,
  draft: KubeObject,
  {old, dryRun}: {old: KubeObject; dryRun: boolean},
): KubeObject {
  const {finalizers, ...rest} = draft.metadata ?? {}
  if (finalizers !== undefined && finalizers.length === 0) draft.metadata = rest
  if (equalJson(draft, old)) return old
  if (dryRun) return draft
  if (!finished(kind, draft)) return put(backend, kind, draft)
  backend.store.remove(resourceKey(kind), draft.metadata?.namespace, draft.metadata?.name ?? '')
  return draft
}
