import {equalJson, isObject, type JsonObject} from '../../json.ts'
import type {FieldError, Schema} from '../../kind.ts'
import {
  duplicate,
  invalid,
  joinPath,
  keyed,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  unsupported,
} from '../problems.ts'
import {matchesFormat} from './formats.ts'

/**
 * What of a custom resource breaks its schema. What has not changed since `old` is not judged again, so that
 * a stricter schema does not block updates elsewhere.
 */
export function validateStructure(value: unknown, schema: Schema, field = '', old?: unknown): FieldError[] {
  if (old !== undefined && equalJson(value, old)) return []
  if (value === null && schema.nullable === true) return []
  const wrong = typeProblem(value, schema, field)
  if (wrong) return [wrong]
  return [
    ...validateEnum(value, schema, field),
    ...validateByType(value, schema, field, old),
    ...validateLogic(value, schema, field),
  ]
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function fits(type: string, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string']) return type === 'integer' || type === 'string'
  if (schema.type === undefined) return true
  return type === schema.type || (type === 'integer' && schema.type === 'number')
}

function typeProblem(value: unknown, schema: Schema, field: string): FieldError | undefined {
  const type = typeOf(value)
  if (fits(type, schema)) return undefined
  const wanted = schema['x-kubernetes-int-or-string'] ? 'integer,string' : (schema.type ?? '')
  return typeInvalid(field, type, `${field} in body must be of type ${wanted}: ${JSON.stringify(type)}`)
}

function validateEnum(value: unknown, schema: Schema, field: string): FieldError[] {
  if (schema.enum === undefined || schema.enum.some(each => equalJson(each, value))) return []
  const supported = schema.enum.map(each => (typeof each === 'string' ? each : JSON.stringify(each)))
  return [unsupported(field, value, supported)]
}

function validateByType(value: unknown, schema: Schema, field: string, old: unknown): FieldError[] {
  if (typeof value === 'string') return validateText(value, schema, field)
  if (typeof value === 'number') return validateNumber(value, schema, field)
  if (Array.isArray(value)) return validateList(value, schema, field, old)
  return isObject(value) ? validateObject(value, schema, field, old) : []
}

function validateText(value: string, schema: Schema, field: string): FieldError[] {
  const found: FieldError[] = []
  const length = [...value].length
  const {minLength, maxLength, pattern, format} = schema
  if (maxLength !== undefined && length > maxLength) found.push(tooLong(field, maxLength))
  if (minLength !== undefined && length < minLength) {
    found.push(invalid(field, value, `${field} in body should be at least ${minLength} chars long`))
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    found.push(invalid(field, value, `${field} in body should match '${pattern}'`))
  }
  if (format !== undefined && !matchesFormat(format, value)) {
    found.push(invalid(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`))
  }
  return found
}

function validateNumber(value: number, schema: Schema, field: string): FieldError[] {
  const {minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf} = schema
  const found: FieldError[] = []
  const complain = (text: string) => found.push(invalid(field, value, `${field} in body should be ${text}`))
  if (maximum !== undefined && exclusiveMaximum && value >= maximum) complain(`less than ${maximum}`)
  else if (maximum !== undefined && value > maximum) complain(`less than or equal to ${maximum}`)
  if (minimum !== undefined && exclusiveMinimum && value <= minimum) complain(`greater than ${minimum}`)
  else if (minimum !== undefined && value < minimum) complain(`greater than or equal to ${minimum}`)
  if (multipleOf !== undefined && value % multipleOf !== 0) complain(`a multiple of ${multipleOf}`)
  return found
}

/** The previous version of a list's entry, where lists say how entries correspond. */
export function counterpart(schema: Schema, entry: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(old) || !isObject(entry)) {
    return undefined
  }
  return old.find(each => isObject(each) && keys.every(key => equalJson(each[key], entry[key])))
}

function validateList(value: unknown[], schema: Schema, field: string, old: unknown): FieldError[] {
  const {items, minItems, maxItems} = schema
  const found: FieldError[] = []
  if (maxItems !== undefined && value.length > maxItems) found.push(tooMany(field, value.length, maxItems))
  if (minItems !== undefined && value.length < minItems) {
    found.push(invalid(field, value.length, `${field} in body should have at least ${minItems} items`))
  }
  if (!items) return found
  return [
    ...found,
    ...value.flatMap((entry, index) =>
      validateStructure(entry, items, joinPath(field, index), counterpart(schema, entry, old)),
    ),
  ]
}

function validateObject(value: JsonObject, schema: Schema, field: string, old: unknown): FieldError[] {
  const {properties = {}, additionalProperties, minProperties, maxProperties} = schema
  const found: FieldError[] = []
  const count = Object.keys(value).length
  if (maxProperties !== undefined && count > maxProperties) found.push(tooMany(field, count, maxProperties))
  if (minProperties !== undefined && count < minProperties) {
    const text = `${field} in body should have at least ${minProperties} properties`
    found.push(invalid(field, count, text))
  }
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) found.push(required(joinPath(field, name)))
  }
  for (const [name, entry] of Object.entries(value)) {
    const known = properties[name]
    const before = isObject(old) ? old[name] : undefined
    if (known) found.push(...validateStructure(entry, known, joinPath(field, name), before))
    else if (typeof additionalProperties === 'object') {
      found.push(...validateStructure(entry, additionalProperties, joinPath(field, name), before))
    }
  }
  return found
}

const passes = (value: unknown, schema: Schema, field: string): boolean =>
  validateStructure(value, schema, field).length === 0

function validateLogic(value: unknown, schema: Schema, field: string): FieldError[] {
  const found: FieldError[] = []
  // The one pattern that all int-or-string fields repeat adds nothing to the check of the type.
  if (
    schema.anyOf &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema.anyOf.some(each => passes(value, each, field))
  ) {
    found.push(
      invalid(field, shownValue(value), `${field} in body must validate at least one schema (anyOf)`),
    )
  }
  if (schema.oneOf) {
    const valid = schema.oneOf.filter(each => passes(value, each, field)).length
    const text = `${field} in body must validate one and only one schema (oneOf).`
    const state = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
    if (valid !== 1) found.push(invalid(field, shownValue(value), `${text} ${state}`))
  }
  for (const each of schema.allOf ?? []) found.push(...validateStructure(value, each, field))
  if (schema.not && passes(value, schema.not, field)) {
    found.push(invalid(field, shownValue(value), `${field} in body must not validate the schema (not)`))
  }
  return found
}

const shownValue = (value: unknown): unknown => (isObject(value) || Array.isArray(value) ? '' : value)

/** Repeated keys of map lists and repeated members of sets. */
export function validateUniqueness(value: unknown, schema: Schema, field = ''): FieldError[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, entry]) => {
      const {additionalProperties} = schema
      const known = schema.properties?.[name]
      if (known) return validateUniqueness(entry, known, joinPath(field, name))
      return typeof additionalProperties === 'object'
        ? validateUniqueness(entry, additionalProperties, keyed(field, name))
        : []
    })
  }
  if (!Array.isArray(value)) return []
  const found = repeatedEntries(value, schema).map(([index, shown]) =>
    duplicate(joinPath(field, index), shown),
  )
  const {items} = schema
  if (!items) return found
  return [
    ...found,
    ...value.flatMap((entry, index) => validateUniqueness(entry, items, joinPath(field, index))),
  ]
}

function repeatedEntries(list: readonly unknown[], schema: Schema): [number, unknown][] {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (type !== 'map' && type !== 'set') return []
  const identity = (entry: unknown): unknown =>
    type === 'set' || !isObject(entry)
      ? entry
      : Object.fromEntries(keys.filter(key => entry[key] !== undefined).map(key => [key, entry[key]]))
  const seen = new Set<string>()
  return list.flatMap((entry, index): [number, unknown][] => {
    const own = identity(entry)
    const text = JSON.stringify(own)
    if (!seen.has(text)) {
      seen.add(text)
      return []
    }
    return [[index, own]]
  })
}
