import {cloneJson, isObject, type JsonObject} from '../../json.ts'
import type {Schema} from '../../kind.ts'

/** Fills a custom resource from the defaults of its schema, in place. */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    const {items} = schema
    if (items) for (const entry of value) applyDefaults(entry, items)
    return
  }
  if (!isObject(value)) return
  for (const [name, property] of Object.entries(schema.properties ?? {})) fillOne(value, name, property)
  const {additionalProperties} = schema
  if (typeof additionalProperties !== 'object') return
  for (const name of Object.keys(value)) {
    if (schema.properties?.[name] === undefined) applyDefaults(value[name], additionalProperties)
  }
}

function fillOne(owner: JsonObject, name: string, schema: Schema): void {
  // A null that the schema does not allow counts as absent where there is a default.
  const isAbsent = owner[name] === undefined || (owner[name] === null && schema.nullable !== true)
  if (isAbsent && schema.default !== undefined) owner[name] = cloneJson(schema.default)
  applyDefaults(owner[name], schema)
}
