/** A JSON object of unknown shape. */
export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isStringMap = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(entry => typeof entry === 'string')

/** The value as an object, or an empty one: for reading optional parts. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Reads a dotted path such as `spec.nodeName`. */
export function readPath(value: unknown, path: string): unknown {
  let current = value
  for (const part of path.split('.')) {
    if (!isObject(current)) return undefined
    current = current[part]
  }
  return current
}

/** A deep, unfrozen copy of a JSON value; `undefined` members are left out. */
export function cloneJson<T>(value: T): T
export function cloneJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entry => cloneJson(entry))
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const key in value) {
    const entry = value[key]
    if (entry !== undefined) copy[key] = cloneJson(entry)
  }
  return copy
}

export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((entry, index) => equalJson(entry, right[index]))
  }
  if (!isObject(left) || !isObject(right)) return false
  let size = 0
  for (const key in left) {
    if (left[key] === undefined) continue
    size++
    if (!equalJson(left[key], right[key])) return false
  }
  for (const key in right) if (right[key] !== undefined) size--
  return size === 0
}

export function freezeJson<T>(value: T): T
export function freezeJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const entry of Object.values(value)) freezeJson(entry)
  return Object.freeze(value)
}
