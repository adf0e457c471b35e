import {isObject} from '../../json.ts'
import type {FieldError, Schema} from '../../kind.ts'
import {joinPath, keyed, shown} from '../problems.ts'
import {type Expressions, toCel} from './cel.ts'
import {counterpart} from './structural.ts'

type Rule = NonNullable<Schema['x-kubernetes-validations']>[number]

export const hasRules = (schema: Schema): boolean =>
  (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
  Object.values(schema.properties ?? {}).some(hasRules) ||
  (schema.items !== undefined && hasRules(schema.items)) ||
  (typeof schema.additionalProperties === 'object' && hasRules(schema.additionalProperties))

interface Place {
  value: unknown
  schema: Schema
  field: string
  /** The value before, where it corresponds to this one. */
  old: unknown
}

/** Evaluates all `x-kubernetes-validations` of a resource that its structure already allows. */
export function evaluateRules(place: Place, expressions: Expressions): FieldError[] {
  const {value, schema, field, old} = place
  if (value === undefined || value === null) return []
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(rule =>
    evaluateOne(rule, place, expressions),
  )
  return [...own, ...inner({value, schema, field, old}).flatMap(each => evaluateRules(each, expressions))]
}

function inner({value, schema, field, old}: Place): Place[] {
  if (Array.isArray(value)) {
    const {items} = schema
    if (!items) return []
    return value.map((entry, index) => ({
      value: entry,
      schema: items,
      field: joinPath(field, index),
      old: counterpart(schema, entry, old),
    }))
  }
  if (!isObject(value)) return []
  const before = isObject(old) ? old : {}
  const {properties = {}, additionalProperties} = schema
  return Object.entries(value).flatMap(([name, entry]) => {
    const known = properties[name]
    if (known) return [{value: entry, schema: known, field: joinPath(field, name), old: before[name]}]
    if (typeof additionalProperties !== 'object') return []
    return [{value: entry, schema: additionalProperties, field: keyed(field, name), old: before[name]}]
  })
}

const isTransition = (rule: Rule): boolean => /\boldSelf\b/.test(rule.rule)

function evaluateOne(rule: Rule, {value, schema, field, old}: Place, expressions: Expressions): FieldError[] {
  const comparesWithBefore = isTransition(rule)
  if (comparesWithBefore && old === undefined && !rule.optionalOldSelf) return []
  const self = toCel(value, schema)
  const variables = comparesWithBefore ? {self, oldSelf: toCel(old, schema)} : {self}
  const at = rule.fieldPath === undefined ? field : joinFieldPath(field, rule.fieldPath)
  try {
    if (expressions.evaluate(rule.rule, variables) === true) return []
  } catch (cause) {
    const text = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    return [
      failure(
        at,
        'FieldValueInvalid',
        value,
        `rule evaluation error: ${text}: evaluating rule: ${rule.rule}`,
      ),
    ]
  }
  return [failure(at, rule.reason ?? 'FieldValueInvalid', value, messageOf(rule, variables, expressions))]
}

const joinFieldPath = (field: string, path: string): string =>
  field === '' ? path.replace(/^\./, '') : `${field}${path}`

function messageOf(
  rule: Rule,
  variables: {self: unknown; oldSelf?: unknown},
  expressions: Expressions,
): string {
  const fallback = rule.message ?? `failed rule: ${rule.rule.trim()}`
  if (rule.messageExpression === undefined) return fallback
  try {
    const text = expressions.evaluate(rule.messageExpression, variables)
    return typeof text === 'string' && text.trim() !== '' ? text : fallback
  } catch {
    // As documented: a message that cannot be made falls back to the fixed one.
    return fallback
  }
}

const heads: Record<string, string> = {
  FieldValueInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
}

/** Objects and lists are not repeated in the message, scalars are. */
function failure(field: string, reason: string, value: unknown, detail: string): FieldError {
  const head = heads[reason] ?? 'Invalid value'
  const shows =
    typeof value !== 'object' && (reason === 'FieldValueInvalid' || reason === 'FieldValueDuplicate')
  return {
    field: field === '' ? '<nil>' : field,
    reason,
    message: shows ? `${head}: ${shown(value)}: ${detail}` : `${head}: ${detail}`,
  }
}
