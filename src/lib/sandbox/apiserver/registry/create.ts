import type {KubeObject, ResourceType} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {recordUpdate} from '../apply/managed.ts'
import {cloneJson, isObject, listOf, textOf} from '../json.ts'
import type {Kind} from '../kind.ts'
import {admitByQuota} from '../quota/admission.ts'
import {alreadyExists, badRequest, forbidden, invalid, notFound} from '../status.ts'
import {resourceKey} from '../storage/store.ts'
import type {Backend, WriteOptions} from './backend.ts'
import {apiVersionOf, contextOf, kindOf, put, timestamp} from './backend.ts'

const NAMESPACES = {group: '', plural: 'namespaces'}
const GENERATED_NAME_LIMIT = 63
const SUFFIX_LENGTH = 5

/** Creates one object: defaults, validation, identity, version. Gives what was stored. */
export function createObject(
  backend: Backend,
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions,
): KubeObject {
  const kind = kindOf(backend, type)
  const draft = prepared(backend, kind, object)
  const context = contextOf(backend, options.user)
  requireNamespace(backend, kind, draft)
  kind.setDefaults(draft, context)
  if (options.fieldsKnown !== true) recordUpdate({kind, old: undefined, draft, options, now: context.now})
  kind.prepareForCreate(draft, context)
  const errors = kind.validate(draft, undefined, context)
  const name = draft.metadata?.name ?? ''
  if (errors.length > 0) throw invalid(kind, name, errors)
  if (backend.store.get(resourceKey(kind), draft.metadata?.namespace, name) !== undefined) {
    throw alreadyExists(kind, name)
  }
  admitByQuota(context, kind, draft)
  return options.dryRun === true ? draft : put(backend, kind, draft)
}

function prepared(backend: Backend, kind: Kind, object: KubeObject): KubeObject {
  const draft = cloneJson(object)
  const given = draft.metadata ?? {}
  if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  draft.kind = kind.kind
  draft.apiVersion = apiVersionOf(kind)
  const {resourceVersion: _version, deletionTimestamp: _deletion, ...kept} = given
  const {deletionGracePeriodSeconds: _grace, selfLink: _link, generation: _generation, ...metadata} = kept
  if (!metadata.name && metadata.generateName) {
    const room = GENERATED_NAME_LIMIT - SUFFIX_LENGTH
    metadata.name = metadata.generateName.slice(0, room) + backend.suffix(SUFFIX_LENGTH)
  }
  if (!kind.namespaced) delete metadata.namespace
  draft.metadata = {...metadata, uid: backend.uuid(), creationTimestamp: timestamp(backend.now())}
  return draft
}

/** An object can only live in a namespace that exists and is not on its way out. */
function requireNamespace(backend: Backend, kind: Kind, draft: KubeObject): void {
  if (!kind.namespaced) return
  const name = draft.metadata?.namespace ?? ''
  const namespace = backend.store.get(resourceKey(NAMESPACES), undefined, name)
  if (namespace === undefined) throw notFound(NAMESPACES, name)
  if (namespace.metadata?.deletionTimestamp === undefined) return
  const refusal = forbidden(
    kind,
    draft.metadata?.name ?? '',
    `unable to create new content in namespace ${name} because it is being terminated`,
  )
  const causes = [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${name} is being terminated`,
      field: 'metadata.namespace',
    },
  ]
  throw new StatusError(refusal.code, refusal.reason, refusal.message, {...refusal.details, causes})
}

/** True while a namespace still has finalizers of its own kind. */
export const namespaceHeld = (object: KubeObject): boolean => {
  const {spec}: KubeObject & {spec?: unknown} = object
  return isObject(spec) && listOf(spec['finalizers']).some(name => textOf(name) !== undefined)
}
