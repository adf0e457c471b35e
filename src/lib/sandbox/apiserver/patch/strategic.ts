import type {JsonObject} from '../json.ts'
import {cloneJson, equalJson, isObject, listOf} from '../json.ts'
import type {Schema} from '../kind.ts'
import {fieldSchema} from '../schema/conform.ts'
import {badRequest} from '../status.ts'
import {orderedLikePatch} from './order.ts'

const ORDER = '$setElementOrder/'
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/'

/**
 * Strategic merge patch: like a merge patch, but lists whose schema names a merge key are merged by it.
 * Understands `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…`.
 */
export function strategicMerge(schema: Schema, target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return cloneJson(patch)
  return mergeMap(schema, isObject(target) ? target : {}, patch)
}

function mergeMap(schema: Schema, target: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch['$patch']
  if (directive === 'replace') return withoutDirectives(patch)
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge') {
    throw badRequest(`Unrecognized merge directive: ${String(directive)}`)
  }
  const result: JsonObject = retained(target, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue
    if (value === null) delete result[key]
    else result[key] = mergeField(fieldSchema(schema, key) ?? {}, {key, target: result[key], value, patch})
  }
  applyListDirectives(schema, result, patch)
  return result
}

/** `$retainKeys` lists the only keys that stay. */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keep = patch['$retainKeys']
  if (!Array.isArray(keep)) return {...target}
  return Object.fromEntries(Object.entries(target).filter(([key]) => keep.includes(key)))
}

interface FieldMerge {
  key: string
  target: unknown
  value: unknown
  patch: JsonObject
}

const strategyOf = (schema: Schema): string[] => (schema['x-kubernetes-patch-strategy'] ?? '').split(',')

function mergeField(schema: Schema, {key, target, value, patch}: FieldMerge): unknown {
  const merges = strategyOf(schema).includes('merge')
  if (isObject(value)) {
    if (strategyOf(schema).includes('replace') && !isObject(patch)) return cloneJson(value)
    return mergeMap(schema, isObject(target) ? target : {}, value)
  }
  if (!Array.isArray(value)) return value
  if (!merges) return cloneJson(value.filter(entry => !isDirective(entry)))
  return mergeList(schema, listOf(target), value, patch[ORDER + key])
}

const isDirective = (entry: unknown): boolean =>
  isObject(entry) && entry['$patch'] === 'replace' && Object.keys(entry).length === 1

function mergeList(schema: Schema, target: unknown[], patch: unknown[], order: unknown): unknown[] {
  if (patch.some(isDirective)) {
    return cloneJson(patch.filter(entry => !isDirective(entry)))
  }
  const key = schema['x-kubernetes-patch-merge-key']
  if (key === undefined) {
    const added = patch.filter(entry => !target.includes(entry))
    return orderedLikePatch([...target, ...added], {patch, order, server: target, key})
  }
  const merged = mergeByKey(schema.items ?? {}, target, patch, key)
  return orderedLikePatch(merged, {patch, order, server: target, key})
}

function mergeByKey(items: Schema, target: unknown[], patch: unknown[], key: string): unknown[] {
  let result = [...target]
  for (const entry of patch) {
    if (!isObject(entry))
      throw badRequest(`map: ${JSON.stringify(entry)} does not contain declared merge key: ${key}`)
    const id = entry[key]
    if (id === undefined || id === null) {
      if (entry['$patch'] === 'delete') continue
      throw badRequest(`map: ${JSON.stringify(entry)} does not contain declared merge key: ${key}`)
    }
    if (entry['$patch'] === 'delete') {
      result = result.filter(present => !(isObject(present) && equalJson(present[key], id)))
      continue
    }
    const index = result.findIndex(present => isObject(present) && equalJson(present[key], id))
    const present = result[index]
    const merged = mergeMap(items, isObject(present) ? present : {}, entry)
    if (index < 0) result.push(merged)
    else result[index] = merged
  }
  return result
}

/** Directives whose list is not in the patch itself: deletions from sets, and an order alone. */
function applyListDirectives(schema: Schema, result: JsonObject, patch: JsonObject): void {
  for (const [directive, value] of Object.entries(patch)) {
    if (directive.startsWith(DELETE_PRIMITIVES)) {
      const key = directive.slice(DELETE_PRIMITIVES.length)
      const gone = listOf(value)
      result[key] = listOf(result[key]).filter(entry => !gone.some(other => equalJson(entry, other)))
    }
    if (!directive.startsWith(ORDER)) continue
    const key = directive.slice(ORDER.length)
    const list = result[key]
    if (patch[key] !== undefined || !Array.isArray(list)) continue
    const mergeKey = fieldSchema(schema, key)?.['x-kubernetes-patch-merge-key']
    result[key] = orderedLikePatch(list, {patch: [], order: value, server: list, key: mergeKey})
  }
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const entries = Object.entries(patch).filter(([key]) => !key.startsWith('$'))
  return cloneJson(Object.fromEntries(entries))
}
