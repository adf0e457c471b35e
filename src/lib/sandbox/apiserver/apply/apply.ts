import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import type {ApiRequest} from '../http/hooks.ts'
import {nameMismatch, namespaceMismatch} from '../http/patch.ts'
import {flag} from '../http/route.ts'
import {writeOptions} from '../http/write-options.ts'
import {equalJson, isObject} from '../json.ts'
import type {Kind, Schema} from '../kind.ts'
import type {Backend, WriteOptions} from '../registry/backend.ts'
import {apiVersionOf, read, timestamp} from '../registry/backend.ts'
import {createObject} from '../registry/create.ts'
import {updateObject} from '../registry/update.ts'
import {conform} from '../schema/conform.ts'
import {rootSchema} from '../schema/meta.ts'
import {badRequest, notFound} from '../status.ts'
import {isKubeObject} from '../storage/decode.ts'
import {compareTyped} from './compare.ts'
import {applyConflict} from './conflict.ts'
import {emptySet, union} from './field-set.ts'
import type {Manager} from './managed.ts'
import {
  conflictsWith,
  managersOf,
  ownable,
  recordUpdate,
  sameManager,
  withoutFields,
  withTaken,
  writeManagers,
} from './managed.ts'
import {mergeTyped} from './merge.ts'
import {prune} from './prune.ts'
import {fieldSetOf, typeErrors} from './typed.ts'

export interface Applied {
  object: KubeObject
  created: boolean
  warnings: string[]
}

interface Target {
  namespace: string | undefined
  name: string
  /** The body: the fields that the manager wants, and no others. */
  config: unknown
}

/** Server-side apply: creates the object, or makes the manager's fields so, and drops those it left out. */
export function applyObject(backend: Backend, kind: Kind, target: Target, request: ApiRequest): Applied {
  requireManager(request)
  const config = checkedConfig(kind, target)
  const options: WriteOptions = {...writeOptions(request), fieldsKnown: true}
  const live = read(backend, kind, target.namespace, target.name)
  if (live === undefined) {
    if (options.subresource !== undefined || config.metadata?.uid) throw notFound(kind, target.name)
    const draft = shaped(rootSchema(kind), kind, config)
    writeManagers(draft, [applier(backend, kind, options, fieldSet(kind, config, options))])
    return {object: createObject(backend, kind, draft, options), created: true, warnings: []}
  }
  const merged = applyTo(backend, kind, {live, config}, {options, force: flag(request.query, 'force')})
  return {object: updateObject(backend, kind, merged, options), created: false, warnings: []}
}

function requireManager({query}: ApiRequest): void {
  if (query.get('fieldManager')) return
  const message = 'Required value: is required for apply patch'
  throw new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{reason: 'FieldValueRequired', message, field: 'fieldManager'}],
  })
}

function checkedConfig(kind: Kind, {namespace, name, config}: Target): KubeObject {
  if (!isKubeObject(config)) throw badRequest('the body of an apply patch must be an object')
  const version = apiVersionOf(kind)
  if (config.apiVersion !== version || config.kind !== kind.kind) {
    throw badRequest(
      `invalid object type: /${config.apiVersion ?? ''}, Kind=${config.kind ?? ''} is no ${version}, Kind=${kind.kind}`,
    )
  }
  if (Array.isArray(config.metadata?.managedFields)) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const given = config.metadata?.name ?? name
  const errors = typeErrors(rootSchema(kind), config)
  if (errors.length > 0) {
    const what = `${config.metadata?.namespace ?? ''}/${given}; ${version}, Kind=${kind.kind}`
    throw new StatusError(500, '', `failed to create typed patch object (${what}): ${errors.join('\n')}`)
  }
  if (given !== name) throw nameMismatch(given, name)
  const place = config.metadata?.namespace
  if (kind.namespaced && place && place !== namespace) throw namespaceMismatch()
  const located = kind.namespaced && namespace !== undefined ? {namespace} : {}
  return {...config, metadata: {...config.metadata, name, ...located}}
}

const fieldSet = (kind: Kind, config: KubeObject, options: WriteOptions) =>
  ownable(kind, fieldSetOf(rootSchema(kind), config), options.subresource)

const applier = (backend: Backend, kind: Kind, options: WriteOptions, set: Manager['set']): Manager => ({
  name: options.manager,
  operation: 'Apply',
  apiVersion: apiVersionOf(kind),
  subresource: options.subresource ?? '',
  time: timestamp(backend.now()),
  set,
})

/** The live object with the applied fields in it, its `managedFields` brought up to date. */
function applyTo(
  backend: Backend,
  kind: Kind,
  {live, config}: {live: KubeObject; config: KubeObject},
  {options, force}: {options: WriteOptions; force: boolean},
): KubeObject {
  const schema = rootSchema(kind)
  const managers = knownManagers(backend, kind, live)
  const mine = applier(backend, kind, options, fieldSet(kind, config, options))
  const last = managers.find(manager => sameManager(manager, mine))
  const others = managers.filter(manager => manager !== last)
  const base = withoutFields(live)
  const merged = mergeTyped(schema, base, withoutFields(config))
  const sets = [...others, mine].map(manager => manager.set)
  const pruned = shaped(schema, kind, prune(schema, merged, last?.set ?? emptySet(), sets))
  const {added, modified, removed} = compareTyped(schema, base, pruned)
  const changed = ownable(kind, union(added, modified), options.subresource)
  if (!force) refuseConflicts(others, changed)
  const kept = withTaken(others, union(changed, removed))
  const unchanged = last !== undefined && equalJson(base, pruned)
  writeManagers(pruned, [...kept, unchanged ? {...mine, time: last.time} : mine])
  return pruned
}

function shaped(schema: Schema, kind: Kind, value: unknown): KubeObject {
  const {value: object} = conform(schema, value, kind)
  if (!isKubeObject(object) || !isObject(object)) throw new Error('an applied object is no object')
  return object
}

/** What was written before anybody applied belongs to a manager of its own. */
function knownManagers(backend: Backend, kind: Kind, live: KubeObject): Manager[] {
  const known = managersOf(live)
  if (known.length > 0) return known
  const copy = structuredClone(live)
  const options = {user: {name: '', groups: []}, manager: 'before-first-apply'}
  recordUpdate({kind, old: undefined, draft: copy, options, now: backend.now()})
  return managersOf(copy)
}

function refuseConflicts(others: readonly Manager[], changed: Manager['set']): void {
  const conflicts = others.map(manager => ({manager, set: conflictsWith(manager, changed)}))
  const error = applyConflict(conflicts)
  if (error !== undefined) throw error
}
