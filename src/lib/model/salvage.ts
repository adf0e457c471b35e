import type {Static, TSchema} from 'typebox'
import {isRecord} from '../record.ts'
import {checkStructure, type Shape} from './structure.ts'

function salvageFields(shape: Shape, value: Record<string, unknown>): unknown {
  const kept = Object.entries(shape.properties ?? {}).flatMap(([key, child]) => {
    const salvaged = Object.hasOwn(value, key) ? keep(child, value[key]) : undefined
    return salvaged === undefined ? [] : [[key, salvaged] as const]
  })
  const result = Object.fromEntries(kept)
  return (shape.required ?? []).every(key => Object.hasOwn(result, key)) ? result : undefined
}

function keep(shape: Shape, value: unknown): unknown {
  if (shape.type === 'array' && shape.items && Array.isArray(value)) {
    const {items} = shape
    return value.map((item: unknown) => keep(items, item)).filter(item => item !== undefined)
  }
  if (shape.properties && isRecord(value)) return salvageFields(shape, value)
  return value !== null && checkStructure(shape, value).problems.length === 0 ? value : undefined
}

/**
 * The part of a value that fits a schema: what does not fit is dropped, and with it what cannot be
 * without it. For reading what other versions of pgk, or PGO, wrote.
 */
export function salvage<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> | undefined {
  const kept = keep(schema, value)
  const {value: sound} = checkStructure(schema, kept)
  return sound
}
