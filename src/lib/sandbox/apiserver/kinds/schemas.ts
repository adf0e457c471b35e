import type {Schema} from '../kind.ts'
import {type Definition, type Definitions, type FieldSchema, readDefinitions} from './definitions.ts'

/** Expands definitions into schemas on demand; a definition met twice is one shared object. */
export interface SchemaLibrary {
  readonly definitions: Definitions
  /** By the model's name in the generated client: `V1Pod`. */
  schema(model: string): Schema
}

export function createSchemaLibrary(definitions: Definitions = readDefinitions()): SchemaLibrary {
  const expanded = new Map<string, Schema>()

  const expandField = (field: FieldSchema): Schema => {
    if (field.$ref !== undefined) return describe(schema(field.$ref), field.description)
    const {$ref: _, items, additionalProperties, ...rest} = field
    const made: Schema = {...rest}
    if (items) made.items = expandField(items)
    if (additionalProperties) made.additionalProperties = expandField(additionalProperties)
    return made
  }

  const expand = ({keepsZero: _, properties, ...rest}: Definition): Schema => {
    const made: Schema = {...rest}
    if (Object.keys(properties).length === 0) return made
    // Expanded on first reading: a kind's whole tree is large and most of it is never looked at.
    let value: Record<string, Schema> | undefined
    Object.defineProperty(made, 'properties', {
      enumerable: true,
      get() {
        value ??= Object.fromEntries(
          Object.entries(properties).map(([name, field]) => [name, expandField(field)]),
        )
        return value
      },
    })
    return made
  }

  const schema = (model: string): Schema => {
    const known = expanded.get(model)
    if (known) return known
    const definition = definitions.get(model)
    if (!definition) throw new Error(`there is no definition ${model} in kinds.json`)
    const made = expand(definition)
    expanded.set(model, made)
    return made
  }

  return {definitions, schema}
}

/** A use of a shared schema with its own description; the members stay shared and lazy. */
function describe(shared: Schema, description: string | undefined): Schema {
  if (description === undefined) return shared
  const made: Schema = {}
  Object.defineProperties(made, Object.getOwnPropertyDescriptors(shared))
  Object.defineProperty(made, 'description', {value: description, enumerable: true})
  return made
}
