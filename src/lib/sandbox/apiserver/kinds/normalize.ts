import {isObject, type JsonObject} from '../json.ts'
import type {Definitions, FieldSchema} from './definitions.ts'
import {canonicalMilli, isQuantity} from './quantity.ts'

/** A string where a quantity belongs, which Kubernetes refuses while decoding. */
export class BadQuantity extends Error {
  override readonly name = 'BadQuantity'
}

const quantityPattern =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function checkQuantity(value: unknown): void {
  if (!isQuantity(value)) throw new BadQuantity(quantityPattern)
}

const isZero = (value: unknown): boolean => value === 0 || value === false || value === ''

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0

/**
 * Brings a decoded object into the form that Kubernetes gives back: nulls, empty lists and maps and zero
 * scalars vanish where Go's `omitempty` makes them vanish, and resource quantities are canonical.
 */
export function normalize(object: JsonObject, model: string, definitions: Definitions): void {
  const definition = definitions.get(model)
  if (!definition || definition['x-kubernetes-preserve-unknown-fields']) return
  const keeps = definition.keepsZero ?? []
  for (const key of Object.keys(object)) {
    const schema = definition.properties[key]
    const value = object[key]
    if (value === null || value === undefined) delete object[key]
    if (!schema || value === null || value === undefined) continue
    const isRequired = definition.required?.includes(key) ?? false
    normalizeValue(object, key, schema, definitions)
    if (isRequired) continue
    if (schema.$ref === undefined && isPlain(schema) && isEmpty(object[key])) delete object[key]
    else if (isZero(value) && !keeps.includes(key) && !isFree(schema)) delete object[key]
  }
}

const isPlain = (schema: FieldSchema): boolean =>
  schema.type === 'array' || schema.additionalProperties !== undefined

const isFree = (schema: FieldSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true

function normalizeValue(
  owner: JsonObject | unknown[],
  key: string | number,
  schema: FieldSchema,
  definitions: Definitions,
): void {
  const value = Array.isArray(owner) ? owner[Number(key)] : owner[key]
  if (schema.$ref !== undefined) {
    if (isObject(value)) normalize(value, schema.$ref, definitions)
    return
  }
  if (schema.format === 'quantity') {
    checkQuantity(value)
    if (typeof value === 'number' && !Array.isArray(owner)) owner[key] = String(value)
  } else if (Array.isArray(value) && schema.items) {
    for (let index = 0; index < value.length; index++) normalizeValue(value, index, schema.items, definitions)
  } else if (isObject(value) && schema.additionalProperties) {
    normalizeMap(value, schema.additionalProperties, definitions)
  }
}

function normalizeMap(map: JsonObject, schema: FieldSchema, definitions: Definitions): void {
  for (const key of Object.keys(map)) {
    const value = map[key]
    if (value === null && schema.type === 'string') map[key] = ''
    if (schema.format !== 'quantity') normalizeValue(map, key, schema, definitions)
    else {
      checkQuantity(value)
      map[key] = canonicalMilli(String(value))
    }
  }
}
