import type {JsonObject} from '../json.ts'
import {isObject} from '../json.ts'
import type {Schema} from '../kind.ts'
import type {FieldSet} from './field-set.ts'
import {difference, intersection, isEmptySet, union} from './field-set.ts'
import {childSchema, isDeclared, itemElement, itemSchema, shapeOf} from './shape.ts'
import {fieldSetOf} from './typed.ts'

/**
 * Takes out of a merged object what its manager applied before and now left out, unless another manager
 * owns it too.
 */
export function prune(
  schema: Schema,
  merged: unknown,
  last: FieldSet,
  managed: readonly FieldSet[],
): unknown {
  if (isEmptySet(last)) return merged
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set)
  const wasApplied = named(last)
  const all = named(fieldSetOf(schema, merged))
  let pruned = removeFields(schema, merged, wasApplied)
  const owned = managed.reduce((sum, set) => union(sum, named(set)), named(fieldSetOf(schema, pruned)))
  pruned = removeFields(schema, merged, difference(all, owned))
  const left = named(fieldSetOf(schema, pruned))
  return removeFields(schema, merged, intersection(difference(all, left), wasApplied))
}

/** Counts declared fields that have members below them as members, so that they go with their last part. */
function withNamedFields(schema: Schema, set: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of set.children) {
    const name = key.startsWith('f:') ? key.slice(2) : undefined
    const below = name === undefined ? itemSchema(schema) : childSchema(schema, name)
    const inner = withNamedFields(below, child)
    const declared = name !== undefined && isDeclared(schema, name)
    children.set(key, {
      member: child.member || (declared && child.children.size > 0),
      children: inner.children,
    })
  }
  return {member: set.member, children}
}

/** The value without the given paths; what is left empty is gone. */
function removeFields(schema: Schema, value: unknown, remove: FieldSet): unknown {
  const shape = shapeOf(schema, value)
  if (shape === 'map' && isObject(value)) {
    const result: JsonObject = {}
    for (const [key, entry] of Object.entries(value)) {
      const below = remove.children.get(`f:${key}`)
      if (below?.member === true) continue
      const kept = below === undefined ? entry : removeFields(childSchema(schema, key), entry, below)
      if (kept !== undefined) result[key] = kept
    }
    return Object.keys(result).length > 0 || Object.keys(value).length === 0 ? result : undefined
  }
  if ((shape !== 'keyed' && shape !== 'set') || !Array.isArray(value)) return value
  const kept = value.flatMap(item => {
    const below = remove.children.get(itemElement(schema, shape, item) ?? '')
    if (below === undefined) return [item]
    return below.member ? [] : [removeFields(itemSchema(schema), item, below)]
  })
  return kept.length > 0 || value.length === 0 ? kept : undefined
}
