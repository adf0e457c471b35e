import {isObject} from '../json.ts'
import type {Schema} from '../kind.ts'
import {fieldSchema} from '../schema/conform.ts'
import type {FieldSet} from './field-set.ts'
import {emptySet, insert} from './field-set.ts'
import {childSchema, isDeclared, itemElement, itemSchema, shapeOf} from './shape.ts'

/** The paths that a value sets. */
export function fieldSetOf(schema: Schema, value: unknown): FieldSet {
  const set = emptySet()
  collect(schema, value, [], set)
  return set
}

function collect(schema: Schema, value: unknown, path: readonly string[], set: FieldSet): void {
  const shape = shapeOf(schema, value)
  if (shape === 'map' && isObject(value)) {
    for (const [key, entry] of Object.entries(value)) {
      if (entry === undefined) continue
      const at = [...path, `f:${key}`]
      collect(childSchema(schema, key), entry, at, set)
      const empty = entry === null || (isObject(entry) && Object.keys(entry).length === 0)
      if (empty || !isDeclared(schema, key)) insert(set, at)
    }
    return
  }
  if ((shape !== 'keyed' && shape !== 'set') || !Array.isArray(value)) {
    insert(set, path)
    return
  }
  if (value.length === 0) insert(set, path)
  for (const item of value) {
    const element = itemElement(schema, shape, item)
    if (element === undefined) continue
    const at = [...path, element]
    if (shape === 'keyed') collect(itemSchema(schema), item, at, set)
    insert(set, at)
  }
}

/** Why a value cannot be applied: fields that the schema lacks, list items without or with repeated keys. */
export function typeErrors(schema: Schema, value: unknown, path = ''): string[] {
  const shape = shapeOf(schema, value)
  const expected = wrongType(schema, value)
  if (expected !== undefined) return [`${path}: expected ${expected}, got ${JSON.stringify(value)}`]
  if (isObject(value)) return mapErrors(schema, value, path)
  if (!Array.isArray(value)) return []
  const items = itemSchema(schema)
  const inside = value.flatMap((item, index) => typeErrors(items, item, `${path}[${index}]`))
  if (shape !== 'keyed' && shape !== 'set') return inside
  const seen = new Set<string>()
  const errors: string[] = []
  for (const [index, item] of value.entries()) {
    const element = itemElement(schema, shape, item)
    if (element === undefined) {
      const keys = schema['x-kubernetes-list-map-keys'] ?? []
      const missing = keys.find(key => !isObject(item) || item[key] === undefined) ?? keys[0]
      errors.push(
        `${path}: element ${index}: associative list with keys has an element that omits key field ` +
          `${JSON.stringify(missing)} (and doesn't have default value)`,
      )
    } else if (seen.has(element)) {
      errors.push(`${path}: duplicate entries for key ${keyText(element)}`)
    } else {
      seen.add(element)
    }
  }
  return [...errors, ...inside]
}

function keyText(element: string): string {
  const key: unknown = JSON.parse(element.slice(2))
  if (!isObject(key)) return `[=${JSON.stringify(key)}]`
  return `[${Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`)}]`
}

function mapErrors(schema: Schema, value: Record<string, unknown>, path: string): string[] {
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    (schema.properties === undefined && schema.additionalProperties === undefined)
  return Object.entries(value).flatMap(([key, entry]) => {
    const at = `${path}.${key}`
    const field = fieldSchema(schema, key)
    if (field === undefined) return open ? [] : [`${at}: field not declared in schema`]
    return typeErrors(field, entry, at)
  })
}

/** What should have been there, when the value is of another type. */
function wrongType(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined || schema['x-kubernetes-int-or-string'] === true) return undefined
  switch (schema.type) {
    case 'object':
      return isObject(value) ? undefined : 'map'
    case 'array':
      return Array.isArray(value) ? undefined : 'list'
    case 'string':
      return typeof value === 'string' || schema.format === 'quantity' ? undefined : 'string'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean'
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : 'numeric (int or float)'
    default:
      return undefined
  }
}
