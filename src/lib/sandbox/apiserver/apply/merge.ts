import type {JsonObject} from '../json.ts'
import {cloneJson, isObject} from '../json.ts'
import type {Schema} from '../kind.ts'
import type {Shape} from './shape.ts'
import {childSchema, commonShape, itemElement, itemSchema, itemsByElement} from './shape.ts'

/** Puts what is applied over what is there: maps and keyed lists by parts, everything else as a whole. */
export function mergeTyped(schema: Schema, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return cloneJson(live)
  if (live === undefined || live === null || applied === null) return cloneJson(applied)
  const shape = commonShape(schema, live, applied)
  if (shape === 'map' && isObject(live) && isObject(applied)) {
    const result: JsonObject = {}
    for (const key of new Set([...Object.keys(live), ...Object.keys(applied)])) {
      result[key] = mergeTyped(childSchema(schema, key), live[key], applied[key])
    }
    return result
  }
  if (shape === 'leaf' || !Array.isArray(live) || !Array.isArray(applied)) return cloneJson(applied)
  return mergeLists(schema, shape, live, applied)
}

/** What only the live list has keeps its place; the rest comes in the applied order. */
function mergeLists(schema: Schema, shape: Shape, live: unknown[], applied: unknown[]): unknown[] {
  const before = itemsByElement(schema, shape, live)
  const after = itemsByElement(schema, shape, applied)
  const merged = (element: string): unknown =>
    shape === 'set'
      ? (after.get(element) ?? before.get(element))
      : mergeTyped(itemSchema(schema), before.get(element), after.get(element))
  const left = live.flatMap(item => itemElement(schema, shape, item) ?? [])
  const right = [...after.keys()]
  const done = new Set<string>()
  const result: unknown[] = []
  const take = (element: string): void => {
    if (done.has(element)) return
    done.add(element)
    result.push(merged(element))
  }
  let next = 0
  for (const element of left) {
    if (!after.has(element)) take(element)
    while (after.has(element) && !done.has(element) && next < right.length) take(right[next++] ?? element)
  }
  for (const element of right.slice(next)) take(element)
  return result
}
