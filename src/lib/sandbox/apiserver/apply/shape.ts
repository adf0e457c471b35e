import type {JsonObject} from '../json.ts'
import {isObject} from '../json.ts'
import type {Schema} from '../kind.ts'
import {fieldSchema} from '../schema/conform.ts'

/** How server-side apply looks at a value: as one thing, or as parts with owners of their own. */
export type Shape = 'leaf' | 'map' | 'keyed' | 'set'

export function shapeOf(schema: Schema, value: unknown): Shape {
  if (schema['x-kubernetes-int-or-string'] === true) return 'leaf'
  if (Array.isArray(value)) {
    const type = schema['x-kubernetes-list-type']
    return type === 'map' ? 'keyed' : type === 'set' ? 'set' : 'leaf'
  }
  if (!isObject(value)) return 'leaf'
  return schema['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map'
}

/** The shape that two versions of a value share; a missing or null one takes any. */
export function commonShape(schema: Schema, left: unknown, right: unknown): Shape {
  if (right === undefined || right === null) return shapeOf(schema, left)
  if (left === undefined || left === null) return shapeOf(schema, right)
  const shape = shapeOf(schema, left)
  return shape === shapeOf(schema, right) ? shape : 'leaf'
}

export const isDeclared = (schema: Schema, key: string): boolean =>
  schema.properties !== undefined && Object.hasOwn(schema.properties, key)

/** The schema of a field; what is not described may be anything. */
export const childSchema = (schema: Schema, key: string): Schema => fieldSchema(schema, key) ?? {}

export const itemSchema = (schema: Schema): Schema => schema.items ?? {}

/** Kubernetes' one default among the keys of lists. */
const KEY_DEFAULTS: Record<string, unknown> = {protocol: 'TCP'}

/** The path element of a list's item; `undefined` when the item lacks a key. */
export function itemElement(schema: Schema, shape: Shape, item: unknown): string | undefined {
  if (shape === 'set') return `v:${JSON.stringify(item)}`
  if (!isObject(item)) return undefined
  const key: JsonObject = {}
  for (const name of (schema['x-kubernetes-list-map-keys'] ?? []).toSorted()) {
    const value = item[name] ?? itemSchema(schema).properties?.[name]?.default ?? KEY_DEFAULTS[name]
    if (value === undefined || value === null) return undefined
    key[name] = value
  }
  return `k:${JSON.stringify(key)}`
}

/** A list's items by path element; items without one, and repeated ones, count as their first. */
export function itemsByElement(schema: Schema, shape: Shape, list: unknown): Map<string, unknown> {
  const items = new Map<string, unknown>()
  if (!Array.isArray(list)) return items
  for (const item of list) {
    const element = itemElement(schema, shape, item)
    if (element !== undefined && !items.has(element)) items.set(element, item)
  }
  return items
}
