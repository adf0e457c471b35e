import type {ManagedFieldsEntry} from 'kubernetes-types/meta/v1.d.ts'
import type {KubeObject} from '../../registry.ts'
import {isObject} from '../json.ts'
import type {Kind} from '../kind.ts'
import type {WriteOptions} from '../registry/backend.ts'
import {apiVersionOf, timestamp} from '../registry/backend.ts'
import {rootSchema} from '../schema/meta.ts'
import {compareTyped} from './compare.ts'
import type {FieldSet} from './field-set.ts'
import {
  difference,
  formatFieldSet,
  intersection,
  isEmptySet,
  parseFieldSet,
  union,
  withoutBranches,
} from './field-set.ts'
import {zeroOf} from './zero.ts'

/** Who owns which fields, how they came to, and since when. */
export interface Manager {
  name: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  time: string
  set: FieldSet
}

const META_FIELDS = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
]
/** What nobody owns: the object's identity and the server's own book-keeping. */
const NOBODYS = [['f:apiVersion'], ['f:kind'], ...META_FIELDS.map(field => ['f:metadata', `f:${field}`])]

/** Drops what this kind of write cannot change anyway. */
export function ownable(kind: Kind, set: FieldSet, subresource: string | undefined): FieldSet {
  const other = subresource === 'status' ? [['f:spec']] : kind.hasStatus ? [['f:status']] : []
  const rest = withoutBranches(set, [...NOBODYS, ...other])
  const metadata = rest.children.get('f:metadata')
  if (metadata?.member !== true) return rest
  const children = new Map(rest.children)
  if (metadata.children.size === 0) children.delete('f:metadata')
  else children.set('f:metadata', {...metadata, member: false})
  return {...rest, children}
}

export const managersOf = (object: KubeObject): Manager[] =>
  (object.metadata?.managedFields ?? []).map(entry => ({
    name: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time ?? '',
    set: parseFieldSet(entry.fieldsV1),
  }))

export function writeManagers(object: KubeObject, managers: readonly Manager[]): void {
  const {managedFields: _old, ...metadata} = object.metadata ?? {}
  const entries = managers
    .filter(({set}) => !isEmptySet(set))
    .toSorted(byOrder)
    .map(entryOf)
  object.metadata = entries.length === 0 ? metadata : {...metadata, managedFields: entries}
}

function entryOf({name, operation, apiVersion, subresource, time, set}: Manager): ManagedFieldsEntry {
  return {
    manager: name,
    operation,
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldSet(set),
    ...(subresource === '' ? {} : {subresource}),
  }
}

function byOrder(left: Manager, right: Manager): number {
  const keys = (it: Manager): string[] => [it.operation, it.time, it.name, it.apiVersion, it.subresource]
  const other = keys(right)
  for (const [index, key] of keys(left).entries()) {
    const against = other[index] ?? ''
    if (key !== against) return key < against ? -1 : 1
  }
  return 0
}

export const sameManager = (left: Manager, right: Omit<Manager, 'set' | 'time'>): boolean =>
  left.name === right.name &&
  left.operation === right.operation &&
  left.subresource === right.subresource &&
  (left.operation === 'Apply' || left.apiVersion === right.apiVersion)

/** What the others keep when somebody changes and removes fields. */
export const withTaken = (managers: readonly Manager[], taken: FieldSet): Manager[] =>
  managers.map(manager => ({...manager, set: difference(manager.set, taken)}))

/** Fields of others that a change touches. */
export const conflictsWith = (manager: Manager, changed: FieldSet): FieldSet =>
  intersection(manager.set, changed)

interface Write {
  kind: Kind
  old: KubeObject | undefined
  draft: KubeObject
  options: WriteOptions
  now: Date
}

/**
 * Notes in the draft's `managedFields` who a plain write makes the owner of what. An object that nobody's
 * fields are known of stays so.
 */
export function recordUpdate({kind, old, draft, options, now}: Write): void {
  const before = givenManagers(draft, old)
  if (before === undefined || (old !== undefined && before.length === 0)) {
    writeManagers(draft, [])
    return
  }
  const schema = rootSchema(kind)
  const live = old ?? (kind.custom ? {} : zeroOf(schema))
  const {added, modified, removed} = compareTyped(schema, withoutFields(live), withoutFields(draft))
  const gained = ownable(kind, union(added, modified), options.subresource)
  const lost = ownable(kind, union(union(added, modified), removed), options.subresource)
  const managers = withTaken(before, lost)
  if (!isEmptySet(gained)) gain(managers, gained, {kind, options, now})
  writeManagers(draft, managers)
}

/** An update may edit `managedFields` itself; an empty list there forgets them all. */
function givenManagers(draft: KubeObject, old: KubeObject | undefined): Manager[] | undefined {
  const given = draft.metadata?.managedFields
  if (given === undefined) return old === undefined ? [] : managersOf(old)
  const [first] = given
  const reset =
    given.length === 0 || (given.length === 1 && isObject(first) && Object.keys(first).length === 0)
  if (reset) return old === undefined ? [] : undefined
  return managersOf(draft)
}

function gain(
  managers: Manager[],
  set: FieldSet,
  {kind, options, now}: {kind: Kind; options: WriteOptions; now: Date},
): void {
  const identity = {
    name: options.manager,
    operation: 'Update' as const,
    apiVersion: apiVersionOf(kind),
    subresource: options.subresource ?? '',
  }
  const time = timestamp(now)
  const known = managers.find(manager => sameManager(manager, identity))
  if (known === undefined) managers.push({...identity, time, set})
  else Object.assign(known, {set: union(known.set, set), time})
}

/** The object without its `managedFields`, which own nothing themselves. */
export function withoutFields(object: unknown): unknown {
  if (!isObject(object) || !isObject(object['metadata'])) return object
  const {managedFields: _fields, ...metadata} = object['metadata']
  return {...object, metadata}
}
