import {closest, distance} from 'fastest-levenshtein'

/** One thing wrong with a document. */
export interface Problem {
  /** `spec.instances[0].replicas`; empty for the document itself. */
  path: string
  /** Completes "the field …": `must be at least 1, not 0`. */
  message: string
  hint?: string
  /** True when the field is right but pgk does not act on it yet. */
  unbuilt?: boolean
}

/** The path of a field, or of a map's entry whatever its key. */
export function at(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

/** The name that was probably meant, unless nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const same = known.find(name => name.toLowerCase() === word.toLowerCase())
  if (same !== undefined || known.length === 0) return same
  const candidate = closest(word, [...known])
  return distance(word, candidate) <= Math.max(2, Math.floor(word.length / 3)) ? candidate : undefined
}

/** A value as it is shown in a sentence: short, and on one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
