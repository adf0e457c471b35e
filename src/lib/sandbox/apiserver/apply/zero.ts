import type {JsonObject} from '../json.ts'
import {isObject} from '../json.ts'
import type {Schema} from '../kind.ts'

/**
 * Fields that are structures and no pointers in Kubernetes' own types: an object has them from the start,
 * so nobody becomes the owner of the field itself, only of what is in it.
 */
const ALWAYS_THERE = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'updateStrategy',
  'strategy',
  'jobTemplate',
  'resources',
])

/** What an object of a built-in kind consists of before anybody set anything. */
export function zeroOf(schema: Schema): JsonObject {
  const result: JsonObject = {}
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (!ALWAYS_THERE.has(key) && schema.required?.includes(key) !== true) continue
    if (isObject(field.properties)) result[key] = zeroOf(field)
    else if (field.type === 'array' || field.type === 'object') result[key] = null
  }
  return result
}
