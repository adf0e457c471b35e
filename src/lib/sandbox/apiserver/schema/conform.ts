import type {JsonObject} from '../json.ts'
import {cloneJson, isObject} from '../json.ts'
import type {Schema} from '../kind.ts'

/** A value of the wrong type, in the words of Go's JSON decoder. */
export class TypeMismatch extends Error {}

export interface Conformed {
  value: unknown
  /** Paths of fields that the schema does not know and that were left out: `spec.containers[0].bogus`. */
  unknown: string[]
}

interface Walk {
  /** The kind's name, for the sentence of a type mismatch. */
  kind: string
  /** Custom kinds check types by validation, and know null only where the schema says so. */
  custom: boolean
  unknown: string[]
}

/**
 * Brings JSON into the shape of a schema, as decoding into Kubernetes' types does: unknown fields go, and for
 * built-in kinds a wrong type throws `TypeMismatch`.
 */
export function conform(schema: Schema, value: unknown, kind: {kind: string; custom: boolean}): Conformed {
  const walk: Walk = {kind: kind.kind, custom: kind.custom, unknown: []}
  return {value: visit(schema, value, '', walk), unknown: walk.unknown}
}

function visit(schema: Schema, value: unknown, path: string, walk: Walk): unknown {
  if (schema['x-kubernetes-int-or-string'] === true) return value
  if (isObject(value)) {
    if (schema.type !== undefined && schema.type !== 'object') return mismatch(schema, value, path, walk)
    return visitObject(schema, value, path, walk)
  }
  if (Array.isArray(value)) {
    if (schema.type !== undefined && schema.type !== 'array') return mismatch(schema, value, path, walk)
    const {items} = schema
    if (items === undefined) return cloneJson(value)
    return value.map((entry, index) => visit(items, entry, `${path}[${index}]`, walk))
  }
  return fits(schema, value) ? value : mismatch(schema, value, path, walk)
}

function visitObject(schema: Schema, value: JsonObject, path: string, walk: Walk): JsonObject {
  const result: JsonObject = {}
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || !describesFields(schema)
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const field = fieldSchema(schema, key) ?? (open ? {} : embedded(schema, key))
    const entry = value[key]
    if (entry === undefined) continue
    if (field === undefined) walk.unknown.push(at)
    else if (entry !== null) result[key] = visit(field, entry, at, walk)
    else if (!walk.custom || field.nullable === true || field.type === undefined) result[key] = null
  }
  return result
}

const describesFields = (schema: Schema): boolean =>
  schema.properties !== undefined || schema.additionalProperties !== undefined

export function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const known = schema.properties
  if (known !== undefined && Object.hasOwn(known, key)) return known[key]
  const {additionalProperties} = schema
  if (additionalProperties === true) return {}
  return additionalProperties === false ? undefined : additionalProperties
}

/** An embedded resource may always name what it is. */
const embedded = (schema: Schema, key: string): Schema | undefined =>
  schema['x-kubernetes-embedded-resource'] === true && ['apiVersion', 'kind', 'metadata'].includes(key)
    ? {}
    : undefined

function fits(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case undefined:
      return true
    case 'string':
      return typeof value === 'string' || (schema.format === 'quantity' && typeof value === 'number')
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return typeof value === 'number'
    default:
      return false
  }
}

const GO_SCALARS: Record<string, string> = {boolean: 'bool', string: 'string', number: 'float64'}

function mismatch(schema: Schema, value: unknown, path: string, walk: Walk): unknown {
  if (walk.custom) return cloneJson(value)
  const given = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const wanted =
    schema.type === 'integer' ? (schema.format ?? 'int32') : (GO_SCALARS[schema.type ?? ''] ?? path)
  const plain = path.replaceAll(/\[\d+\]/g, '')
  const shown = given === 'number' && schema.type === 'integer' ? `number ${String(value)}` : given
  throw new TypeMismatch(
    `json: cannot unmarshal ${shown} into Go struct field ${owner(plain, walk.kind)}.${plain} of type ${wanted}`,
  )
}

/** The Go structure that holds a field; only the usual ones are known by name. */
function owner(path: string, kind: string): string {
  const parents = path.split('.').slice(0, -1)
  const parent = parents.at(-1)
  if (parent === undefined) return kind
  if (parent === 'metadata' || parent === 'labels' || parent === 'annotations') return 'ObjectMeta'
  if (parent === 'containers' || parent === 'initContainers') return 'Container'
  if (parent === 'spec') return parents.length > 1 ? 'PodSpec' : `${kind}Spec`
  return parent === 'status' ? `${kind}Status` : kind
}
