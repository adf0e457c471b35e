import {isObject, type JsonObject} from '../../json.ts'
import type {Schema} from '../../kind.ts'
import {listAt, textAt, textsAt} from '../fields.ts'

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'] as const
const numbers = [
  ...(['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const),
  ...(['minProperties', 'maxProperties'] as const),
]
const flags = [
  ...(['nullable', 'exclusiveMinimum', 'exclusiveMaximum', 'uniqueItems'] as const),
  ...(['x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'] as const),
  'x-kubernetes-embedded-resource' as const,
]
const texts = ['format', 'description', 'pattern'] as const
const groups = ['allOf', 'anyOf', 'oneOf'] as const
const listTypes = ['atomic', 'map', 'set'] as const
const mapTypes = ['atomic', 'granular'] as const

const oneOf = <T extends string>(allowed: readonly T[], value: unknown): T | undefined =>
  allowed.find(each => each === value)

function readScalars(source: JsonObject, made: Schema): void {
  for (const key of numbers) {
    const value = source[key]
    if (typeof value === 'number') made[key] = value
  }
  for (const key of flags) if (source[key] === true) made[key] = true
  for (const key of texts) {
    const value = source[key]
    if (typeof value === 'string' && value !== '') made[key] = value
  }
  const type = oneOf(types, source['type'])
  if (type !== undefined) made.type = type
  const listType = oneOf(listTypes, source['x-kubernetes-list-type'])
  if (listType !== undefined) made['x-kubernetes-list-type'] = listType
  const mapType = oneOf(mapTypes, source['x-kubernetes-map-type'])
  if (mapType !== undefined) made['x-kubernetes-map-type'] = mapType
}

function readRules(source: JsonObject): NonNullable<Schema['x-kubernetes-validations']> {
  return listAt(source, 'x-kubernetes-validations').map(rule => {
    const made: NonNullable<Schema['x-kubernetes-validations']>[number] = {rule: textAt(rule, 'rule')}
    for (const key of ['message', 'messageExpression', 'reason', 'fieldPath'] as const) {
      const value = textAt(rule, key)
      if (value !== '') made[key] = value
    }
    if (rule['optionalOldSelf'] === true) made.optionalOldSelf = true
    return made
  })
}

/** Reads an `openAPIV3Schema`, keeping what the server understands. */
export function readSchema(source: unknown): Schema {
  const made: Schema = {}
  if (!isObject(source)) return made
  readScalars(source, made)
  if (source['default'] !== undefined && source['default'] !== null) made.default = source['default']
  if (Array.isArray(source['enum'])) made.enum = source['enum']
  const required = textsAt(source, 'required')
  if (required.length > 0) made.required = required
  const keys = textsAt(source, 'x-kubernetes-list-map-keys')
  if (keys.length > 0) made['x-kubernetes-list-map-keys'] = keys
  const properties = source['properties']
  if (isObject(properties)) {
    made.properties = Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, readSchema(schema)]),
    )
  }
  const additional = source['additionalProperties']
  if (isObject(additional)) made.additionalProperties = readSchema(additional)
  else if (typeof additional === 'boolean') made.additionalProperties = additional
  if (isObject(source['items'])) made.items = readSchema(source['items'])
  for (const key of groups) {
    const list = listAt(source, key)
    if (list.length > 0) made[key] = list.map(readSchema)
  }
  if (isObject(source['not'])) made.not = readSchema(source['not'])
  const rules = readRules(source)
  if (rules.length > 0) made['x-kubernetes-validations'] = rules
  return made
}
