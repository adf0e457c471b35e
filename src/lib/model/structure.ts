import type {Static, TSchema} from 'typebox'
import {isRecord} from '../record.ts'
import {checks} from './checks.ts'
import {at, nearest, type Problem, shown} from './problem.ts'

/** The words of JSON Schema and of Kubernetes that the document's schema uses. */
export interface Shape {
  type?: string
  properties?: Record<string, Shape>
  required?: readonly string[]
  patternProperties?: Record<string, Shape>
  additionalProperties?: Shape
  items?: Shape
  enum?: readonly string[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  maxProperties?: number
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-list-map-keys'?: readonly string[]
  'x-pgk-check'?: string
  'x-pgk-says'?: string
}

type Report = (path: string, message: string, hint?: string) => void

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)

function checkText(shape: Shape, value: string, path: string, report: Report): void {
  if (shape.enum && !shape.enum.includes(value)) {
    const meant = nearest(value, shape.enum)
    const hint = meant === undefined ? undefined : `Did you mean ${meant}?`
    report(path, `must be one of ${shape.enum.join(', ')}, not ${shown(value)}`, hint)
  } else if (value.length < (shape.minLength ?? 0)) {
    report(path, value === '' ? 'must not be empty' : `must have at least ${shape.minLength} characters`)
  } else if (value.length > (shape.maxLength ?? Number.POSITIVE_INFINITY)) {
    report(path, `must have at most ${shape.maxLength} characters, has ${value.length}`)
  } else if (shape.pattern !== undefined && !new RegExp(shape.pattern).test(value)) {
    report(path, `${shape['x-pgk-says'] ?? `must match ${shape.pattern}`}, not ${shown(value)}`)
  }
}

function checkNumber(shape: Shape, value: number, path: string, report: Report): void {
  if (shape.type === 'integer' && !Number.isSafeInteger(value))
    report(path, `must be a whole number, not ${value}`)
  else if (value < (shape.minimum ?? -Infinity))
    report(path, `must be at least ${shape.minimum}, not ${value}`)
  else if (value > (shape.maximum ?? Infinity)) report(path, `must be at most ${shape.maximum}, not ${value}`)
}

function checkScalar(shape: Shape, value: unknown, path: string, report: Report): void {
  if (shape['x-kubernetes-int-or-string']) {
    if (typeof value !== 'string' && typeof value !== 'number') {
      const hint = typeof value === 'boolean' ? `Quote it: "${value ? 'on' : 'off'}".` : undefined
      report(path, `must be a number or a string, not ${shown(value)}`, hint)
    }
  } else if (shape.type === 'string') {
    if (typeof value === 'string') checkText(shape, value, path, report)
    else report(path, `must be a string, not ${shown(value)}`, isRecord(value) ? undefined : 'Quote it.')
  } else if (shape.type === 'integer' || shape.type === 'number') {
    if (typeof value === 'number') checkNumber(shape, value, path, report)
    else report(path, `must be ${article(shape.type)}, not ${shown(value)}`)
  } else if (shape.type === 'boolean' && typeof value !== 'boolean') {
    report(path, `must be true or false, not ${shown(value)}`)
  }
  if (typeof value !== 'string' && typeof value !== 'number') return
  const found = checks[shape['x-pgk-check'] ?? '']?.(value)
  if (found) report(path, found.message, found.hint)
}

function walkArray(shape: Shape, value: readonly unknown[], path: string, report: Report): unknown[] {
  if (value.length < (shape.minItems ?? 0))
    report(path, `needs at least ${shape.minItems === 1 ? 'one entry' : `${shape.minItems} entries`}`)
  if (value.length > (shape.maxItems ?? Infinity))
    report(path, `takes at most ${shape.maxItems} entries, has ${value.length}`)
  const [key] = shape['x-kubernetes-list-map-keys'] ?? []
  const seen = new Map<unknown, number>()
  return value.map((item, index) => {
    const place = `${path}[${index}]`
    if (key !== undefined && isRecord(item)) {
      const identity = item[key] ?? ''
      const first = seen.get(identity)
      if (first !== undefined)
        report(
          at(place, key),
          `is ${shown(identity)} again: ${path}[${first}] has it already`,
          'Give each a name of its own.',
        )
      else seen.set(identity, index)
    }
    return walk(shape.items ?? {}, item, place, report)
  })
}

function walkFields(shape: Shape, value: Record<string, unknown>, path: string, report: Report): unknown {
  const properties = shape.properties ?? {}
  const result: Record<string, unknown> = {}
  const misspelt = new Set<string>()
  for (const [key, child] of Object.entries(value)) {
    if (child === null || child === undefined) continue
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (known === undefined) {
      const meant = nearest(key, Object.keys(properties))
      if (meant !== undefined) misspelt.add(meant)
      report(at(path, key), 'is no field of a PostgresCluster', meant && `Did you mean ${meant}?`)
    } else result[key] = walk(known, child, at(path, key), report)
  }
  for (const key of shape.required ?? [])
    if (result[key] === undefined && !misspelt.has(key) && !(value[key] !== undefined && value[key] !== null))
      report(at(path, key), 'is missing')
  return result
}

function walkMap(
  shape: Shape,
  entry: Shape,
  value: Record<string, unknown>,
  path: string,
  report: Report,
): unknown {
  const entries = Object.entries(value).filter(([, child]) => child !== null && child !== undefined)
  if (entries.length > (shape.maxProperties ?? Infinity))
    report(path, `takes at most ${shape.maxProperties} entries, has ${entries.length}`)
  return Object.fromEntries(entries.map(([key, child]) => [key, walk(entry, child, at(path, key), report)]))
}

function walk(shape: Shape, value: unknown, path: string, report: Report): unknown {
  if (shape.type === 'array') {
    if (Array.isArray(value)) return walkArray(shape, value, path, report)
    report(path, `must be a list, not ${shown(value)}`)
  } else if (shape.type === 'object') {
    if (!isRecord(value)) report(path, `must be a map of fields, not ${shown(value)}`)
    else if (shape['x-kubernetes-preserve-unknown-fields']) return value
    else {
      const entry = shape.additionalProperties ?? Object.values(shape.patternProperties ?? {})[0]
      return entry ? walkMap(shape, entry, value, path, report) : walkFields(shape, value, path, report)
    }
  } else checkScalar(shape, value, path, report)
  return value
}

/**
 * Checks a value against a schema as the Kubernetes API would, but with every problem at once, exact
 * paths and unknown fields refused. Nulls count as absent. The value is sound only without problems.
 */
export function checkStructure<Schema extends TSchema>(
  schema: Schema,
  input: unknown,
): {value: Static<Schema>; problems: []} | {value: undefined; problems: Problem[]} {
  const problems: Problem[] = []
  const value = walk(schema, input, '', (path, message, hint) =>
    problems.push(hint === undefined ? {path, message} : {path, message, hint}),
  )
  // The walk compared the value with this very schema and found nothing: it has the schema's static type.
  return problems.length === 0 ? {value: value as Static<Schema>, problems: []} : {value: undefined, problems}
}
