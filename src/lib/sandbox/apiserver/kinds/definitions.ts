import {readFileSync} from 'node:fs'
import type {Schema} from '../kind.ts'

/** A schema as `kinds.json` holds it: other definitions stand by name. */
export interface FieldSchema extends Omit<Schema, 'properties' | 'items' | 'additionalProperties'> {
  $ref?: string
  items?: FieldSchema
  additionalProperties?: FieldSchema
}

export interface Definition extends Omit<FieldSchema, 'items' | 'additionalProperties' | '$ref'> {
  properties: Record<string, FieldSchema>
  /** Optional scalars that stay although they are `0`, `false` or `''`. */
  keepsZero?: string[]
}

export type Definitions = ReadonlyMap<string, Definition>

/** The definitions of the built-in kinds; reading them takes some milliseconds, so do it once. */
export function readDefinitions(): Definitions {
  // The file is our own build product; a test proves that it is what the generator makes.
  const parsed: Record<string, Definition> = JSON.parse(
    readFileSync(new URL('./kinds.json', import.meta.url), 'utf8'),
  )
  return new Map(Object.entries(parsed))
}
