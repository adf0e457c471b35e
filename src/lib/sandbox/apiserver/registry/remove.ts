import type {KubeObject, RegistryDelete, ResourceType} from '../../registry.ts'
import {cloneJson, readPath, textOf} from '../json.ts'
import type {Kind} from '../kind.ts'
import {notFound, uidMismatch, versionMismatch} from '../status.ts'
import {resourceKey} from '../storage/store.ts'
import type {Backend} from './backend.ts'
import {inVersion, kindOf, put, timestamp} from './backend.ts'
import {namespaceHeld} from './create.ts'

export interface Removal {
  /** The last state: gone when `removed`, else marked and waiting. */
  object: KubeObject
  removed: boolean
}

const DEFAULT_POD_GRACE_SECONDS = 30
const FINAL_PHASES = new Set(['Succeeded', 'Failed'])
/** Kinds that, for the sake of old clients, leave their dependents when nothing else is asked. */
const ORPHANING = new Set(['batch/jobs', '/replicationcontrollers'])

/** Starts, hastens or completes the deletion of one object. */
export function removeObject(
  backend: Backend,
  type: ResourceType,
  object: {namespace: string | undefined; name: string},
  options: RegistryDelete & {dryRun?: boolean} = {},
): Removal {
  const kind = kindOf(backend, type)
  const {name} = object
  const namespace = kind.namespaced ? object.namespace : undefined
  const stored = backend.store.get(resourceKey(kind), namespace, name)
  if (stored === undefined) throw notFound(kind, name)
  const old = inVersion(stored, kind)
  checkPreconditions(kind, old, options)
  const finalizers = finalizersFor(kind, old, options.propagation)
  const grace = graceSeconds(kind, old, options.gracePeriodSeconds)
  const waits = finalizers.length > 0 || grace > 0 || (isNamespace(kind) && namespaceHeld(old))
  if (!waits) {
    if (options.dryRun !== true) backend.store.remove(resourceKey(kind), namespace, name)
    return {object: old, removed: true}
  }
  const draft = marked(backend, old, {finalizers, grace})
  if (draft === undefined) return {object: old, removed: false}
  if (isNamespace(kind)) terminate(draft)
  if (options.dryRun === true) return {object: draft, removed: false}
  return {object: put(backend, kind, draft), removed: false}
}

const isNamespace = (kind: Kind): boolean => kind.group === '' && kind.plural === 'namespaces'
const isPod = (kind: Kind): boolean => kind.group === '' && kind.plural === 'pods'

function checkPreconditions(kind: Kind, old: KubeObject, {uid, resourceVersion}: RegistryDelete): void {
  const metadata = old.metadata ?? {}
  const name = metadata.name ?? ''
  if (uid !== undefined && uid !== metadata.uid) throw uidMismatch(kind, name, uid, metadata.uid ?? '')
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw versionMismatch(kind, name, resourceVersion, metadata.resourceVersion ?? '')
  }
}

/** What must happen to the dependents is written down as a finalizer for the garbage collector. */
function finalizersFor(kind: Kind, old: KubeObject, propagation: RegistryDelete['propagation']): string[] {
  const before = old.metadata?.finalizers ?? []
  const others = before.filter(name => name !== 'foregroundDeletion' && name !== 'orphan')
  const orphans = ORPHANING.has(resourceKey(kind)) && others.length === before.length
  const wanted = propagation ?? (orphans ? 'Orphan' : undefined)
  if (wanted === 'Foreground') return [...others, 'foregroundDeletion']
  if (wanted === 'Orphan') return [...others, 'orphan']
  return wanted === 'Background' ? others : before
}

/** How long a pod may take to end. Only one that runs on a node, or may, is given time. */
function graceSeconds(kind: Kind, old: KubeObject, asked: number | undefined): number {
  if (!isPod(kind)) return 0
  if (!textOf(readPath(old, 'spec.nodeName'))) return 0
  if (FINAL_PHASES.has(textOf(readPath(old, 'status.phase')) ?? '')) return 0
  const own = readPath(old, 'spec.terminationGracePeriodSeconds')
  const wanted = asked ?? (typeof own === 'number' ? own : DEFAULT_POD_GRACE_SECONDS)
  const current = old.metadata?.deletionGracePeriodSeconds
  return current === undefined ? Math.max(0, wanted) : Math.min(current, Math.max(0, wanted))
}

/** The object with its deletion begun; `undefined` when it already is, and nothing gets faster. */
function marked(
  backend: Backend,
  old: KubeObject,
  {finalizers, grace}: {finalizers: string[]; grace: number},
): KubeObject | undefined {
  const draft = cloneJson(old)
  const before = old.metadata ?? {}
  const unchanged = JSON.stringify(finalizers) === JSON.stringify(before.finalizers ?? [])
  const sooner = before.deletionGracePeriodSeconds === undefined || grace < before.deletionGracePeriodSeconds
  if (before.deletionTimestamp !== undefined && unchanged && !sooner) return undefined
  const now = backend.now().getTime()
  const {finalizers: _old, ...rest} = draft.metadata ?? {}
  draft.metadata = {...rest, ...(finalizers.length === 0 ? {} : {finalizers})}
  if (before.deletionTimestamp !== undefined && !sooner) return draft
  const begun = before.deletionTimestamp === undefined
  const generation = before.generation
  draft.metadata = {
    ...draft.metadata,
    deletionTimestamp: timestamp(new Date(now + grace * 1000)),
    deletionGracePeriodSeconds: grace,
    ...(begun && generation !== undefined ? {generation: generation + 1} : {}),
  }
  return draft
}

function terminate(draft: KubeObject & {status?: unknown}): void {
  const status = typeof draft.status === 'object' && draft.status !== null ? draft.status : {}
  draft.status = {...status, phase: 'Terminating'}
}
