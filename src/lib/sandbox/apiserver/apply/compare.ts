import {equalJson, isObject} from '../json.ts'
import type {Schema} from '../kind.ts'
import type {FieldSet} from './field-set.ts'
import {emptySet, insert} from './field-set.ts'
import {childSchema, commonShape, itemSchema, itemsByElement} from './shape.ts'

export interface Comparison {
  added: FieldSet
  modified: FieldSet
  removed: FieldSet
}

/** Which paths were added, changed or removed between two versions of a value. */
export function compareTyped(schema: Schema, left: unknown, right: unknown): Comparison {
  const result = {added: emptySet(), modified: emptySet(), removed: emptySet()}
  compare(schema, {left, right}, [], result)
  return result
}

interface Pair {
  /** `undefined` is absent; null is a value. */
  left: unknown
  right: unknown
}

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

function compare(schema: Schema, pair: Pair, path: readonly string[], result: Comparison): void {
  const {left, right} = pair
  if (left === undefined && right === undefined) return
  const shape = commonShape(schema, left, right)
  if (shape === 'leaf' || (isBlank(left) && isBlank(right))) {
    compareLeaf(pair, path, result)
    return
  }
  if (shape === 'map') {
    const before = isObject(left) ? left : {}
    const after = isObject(right) ? right : {}
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(childSchema(schema, key), {left: before[key], right: after[key]}, [...path, `f:${key}`], result)
    }
  } else {
    const before = itemsByElement(schema, shape, left)
    const after = itemsByElement(schema, shape, right)
    const items = shape === 'set' ? {} : itemSchema(schema)
    for (const element of new Set([...before.keys(), ...after.keys()])) {
      compare(items, {left: before.get(element), right: after.get(element)}, [...path, element], result)
    }
  }
  if (left === undefined) insert(result.added, path)
  else if (right === undefined) insert(result.removed, path)
}

function compareLeaf({left, right}: Pair, path: readonly string[], result: Comparison): void {
  if (left === undefined) insert(result.added, path)
  else if (right === undefined) insert(result.removed, path)
  else if (!equalJson(left, right)) insert(result.modified, path)
}
