import {isObject, type JsonObject} from '../json.ts'

/** Reads through objects and lists; anything missing on the way gives `undefined`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value
  for (const part of path) {
    if (typeof part === 'number') current = Array.isArray(current) ? current[part] : undefined
    else current = isObject(current) ? current[part] : undefined
  }
  return current
}

/** The object found there, to be edited in place, or a loose empty one. */
export function objectAt(value: unknown, ...path: (string | number)[]): JsonObject {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

/** The objects of the list found there; members of another type are left out. */
export function listAt(value: unknown, ...path: (string | number)[]): JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isObject) : []
}

export function textsAt(value: unknown, ...path: (string | number)[]): string[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(entry => typeof entry === 'string') : []
}

/** The string found there, or ''. */
export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

export function numberAt(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

/** The map of strings found there; values of another type are left out. */
export function mapAt(value: unknown, ...path: (string | number)[]): Record<string, string> {
  const entries = Object.entries(objectAt(value, ...path))
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}

/** Sets every member that is absent. */
export function fill(target: JsonObject, defaults: JsonObject): void {
  for (const key in defaults) target[key] ??= defaults[key]
}

/** The object under `key`, made when it is absent. */
export function ensureObject(target: JsonObject, key: string): JsonObject {
  const found = target[key]
  if (isObject(found)) return found
  const made: JsonObject = {}
  target[key] = made
  return made
}
