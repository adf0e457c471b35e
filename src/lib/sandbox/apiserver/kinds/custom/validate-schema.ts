import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, listAt, textAt, textsAt} from '../fields.ts'
import {forbidden, invalid, joinPath, keyed, required} from '../problems.ts'
import type {Expressions} from './cel.ts'

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean']

/** Whether a definition's schema is structural: every level says what it is, once. */
export function validateSchema(schema: unknown, field: string, expressions: Expressions): FieldError[] {
  if (!isObject(schema)) return [required(field)]
  const found: FieldError[] = []
  const type = textAt(schema, 'type')
  if (type === '') found.push(required(`${field}.type`, 'must not be empty at the root'))
  else if (type !== 'object') found.push(invalid(`${field}.type`, type, 'must be object at the root'))
  return [...found, ...validateLevel(schema, field, expressions)]
}

const isFree = (schema: JsonObject): boolean =>
  schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true

function validateInner(schema: unknown, field: string, what: string, expressions: Expressions): FieldError[] {
  if (!isObject(schema)) return [required(field)]
  const missing =
    textAt(schema, 'type') === '' && !isFree(schema)
      ? [required(`${field}.type`, `must not be empty for specified ${what}`)]
      : []
  return [...missing, ...validateLevel(schema, field, expressions)]
}

function validateLevel(schema: JsonObject, field: string, expressions: Expressions): FieldError[] {
  const type = textAt(schema, 'type')
  const found: FieldError[] = []
  if (type !== '' && !types.includes(type)) {
    found.push(invalid(`${field}.type`, type, `must be ${types.join(', ')}`))
  }
  if (schema['uniqueItems'] === true) {
    found.push(
      forbidden(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    )
  }
  found.push(...validatePattern(schema, field), ...validateListType(schema, field))
  found.push(...validateRules(schema, field, expressions))
  const properties = schema['properties']
  const additional = schema['additionalProperties']
  if (isObject(properties) && additional !== undefined && additional !== false) {
    found.push(
      forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    )
  }
  if (isObject(properties)) {
    for (const [name, each] of Object.entries(properties)) {
      found.push(...validateInner(each, keyed(`${field}.properties`, name), 'object fields', expressions))
    }
  }
  if (isObject(additional)) {
    found.push(...validateInner(additional, `${field}.additionalProperties`, 'object fields', expressions))
  }
  if (type === 'array' && schema['items'] === undefined) {
    found.push(required(`${field}.items`, 'must be specified'))
  } else if (schema['items'] !== undefined) {
    found.push(...validateInner(schema['items'], `${field}.items`, 'array items', expressions))
  }
  return found
}

function validatePattern(schema: JsonObject, field: string): FieldError[] {
  const pattern = textAt(schema, 'pattern')
  try {
    new RegExp(pattern, 'u')
    return []
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    return [invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${text}`)]
  }
}

function validateListType(schema: JsonObject, field: string): FieldError[] {
  const keys = textsAt(schema, 'x-kubernetes-list-map-keys')
  const isMap = schema['x-kubernetes-list-type'] === 'map'
  const path = `${field}.x-kubernetes-list-map-keys`
  if (isMap && keys.length === 0) {
    return [required(path, 'must not be empty if x-kubernetes-list-type is map')]
  }
  if (!isMap && keys.length > 0) {
    return [
      required(`${field}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty'),
    ]
  }
  const needed = textsAt(schema, 'items', 'required')
  return keys.flatMap(key => {
    const property = at(schema, 'items', 'properties', key)
    const inItems = `${field}.items.properties[${key}]`
    if (property === undefined) {
      return [invalid(path, key, 'entries must all be names of item properties')]
    }
    if (needed.includes(key) || at(property, 'default') !== undefined) return []
    return [
      required(
        `${inItems}.default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ),
    ]
  })
}

function validateRules(schema: JsonObject, field: string, expressions: Expressions): FieldError[] {
  return listAt(schema, 'x-kubernetes-validations').flatMap((rule, index) => {
    const path = joinPath(field, 'x-kubernetes-validations', index)
    const text = textAt(rule, 'rule')
    if (text.trim() === '') return [required(`${path}.rule`, 'rule is not specified')]
    const problem = expressions.problem(text)
    return problem === undefined
      ? []
      : [invalid(`${path}.rule`, {rule: text}, `compilation failed: ${problem}`)]
  })
}
