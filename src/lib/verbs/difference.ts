import {withDefaults} from '../model/defaults.ts'
import type {PostgresCluster} from '../model/document.ts'
import {compareQuantities} from '../model/quantity.ts'
import {isRecord} from '../record.ts'

/** One field that differs. A missing value is undefined. */
export interface FieldChange {
  /** Entries of keyed lists go by their name: `spec.instances[pg].replicas`. */
  path: string
  from: unknown
  to: unknown
}

const nameOf = (value: unknown): string | undefined =>
  isRecord(value) && typeof value['name'] === 'string' ? value['name'] : undefined

/** The lists in which an entry's place means nothing, as its name says which one it is. */
const KEYED = /^spec\.(instances|users|backups\.pgbackrest\.repos)$/
/** The maps in which each entry has consequences of its own, also when it is the first or the last one. */
const OPEN = /^spec\.(config(\.parameters)?|patroni(\.dynamicConfiguration(\.postgresql(\.parameters)?)?)?)$/
/** `1Gi` and `1024Mi` are one size, but only where Kubernetes reads a quantity. */
const QUANTITY = /\.(requests|limits)\.[^.]+$/

const sameSize = (path: string, from: unknown, to: unknown): boolean =>
  QUANTITY.test(path) &&
  (typeof from === 'string' || typeof from === 'number') &&
  (typeof to === 'string' || typeof to === 'number') &&
  compareQuantities(from, to) === 0

function byName(list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.map((item, index) => [nameOf(item) ?? String(index), item]))
}

function compareMaps(
  path: string,
  from: Map<string, unknown>,
  to: Map<string, unknown>,
  place: (key: string) => string,
): FieldChange[] {
  const keys = [...new Set([...from.keys(), ...to.keys()])]
  return keys.flatMap(key => compare(`${path}${place(key)}`, from.get(key), to.get(key)))
}

/** A list or map whose entries count one by one is empty where it is missing. */
function filled(path: string, value: unknown): unknown {
  if (value !== undefined) return value
  if (KEYED.test(path)) return []
  return OPEN.test(path) ? {} : undefined
}

function compare(path: string, before: unknown, after: unknown): FieldChange[] {
  if (before === undefined && after === undefined) return []
  const from = filled(path, before)
  const to = filled(path, after)
  if (KEYED.test(path) && Array.isArray(from) && Array.isArray(to)) {
    return compareMaps(path, byName(from), byName(to), name => `[${name}]`)
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.flatMap((item, index) => compare(`${path}[${index}]`, item, to[index]))
  }
  if (isRecord(from) && isRecord(to)) {
    return compareMaps(path, new Map(Object.entries(from)), new Map(Object.entries(to)), key =>
      /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
  }
  if (Object.is(from, to) || sameSize(path, from, to)) return []
  return [{path, from, to}]
}

/**
 * What a document changes of another. Defaults count as written and sizes by their value, so that only
 * what makes a difference is listed; metadata that the API server adds is not looked at.
 */
export function differences(existing: PostgresCluster, wanted: PostgresCluster): FieldChange[] {
  const labels = compare('metadata.labels', existing.metadata.labels ?? {}, wanted.metadata.labels ?? {})
  return [...labels, ...compare('spec', withDefaults(existing).spec, withDefaults(wanted).spec)]
}
