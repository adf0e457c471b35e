import type {KubeObject} from '../../../registry.ts'
import type {Column} from '../../kind.ts'
import {at, textAt} from '../fields.ts'

type Cell = string | number | boolean | null

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may ' +
  'allow a client to request the generation of an appropriate name automatically. Name is primarily intended ' +
  'for creation idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'

const ageDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not ' +
  'guaranteed to be set in happens-before order across separate operations. Clients may not set this value. ' +
  'It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. ' +
  'More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata'

/** A column of text, shown always. */
export function text(name: string, cell: (object: KubeObject, now: Date) => Cell, description = ''): Column {
  return {name, type: 'string', format: '', description, priority: 0, cell}
}

/** The same column shown only with `-o wide`. */
export const wide = (column: Column): Column => ({...column, priority: 1})

export const integer = (name: string, cell: (object: KubeObject) => number): Column => ({
  ...text(name, cell),
  type: 'integer',
})

export const flag = (name: string, cell: (object: KubeObject) => boolean): Column => ({
  ...text(name, cell),
  type: 'boolean',
})

export const nameColumn: Column = {
  ...text('Name', object => textAt(object, 'metadata', 'name'), nameDescription),
  format: 'name',
}

export const ageColumn: Column = text(
  'Age',
  (object, now) => age(at(object, 'metadata', 'creationTimestamp'), now),
  ageDescription,
)

/** How long ago, as `kubectl get` shows it; a missing time is `<unknown>`. */
export function age(time: unknown, now: Date): string {
  const then = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(then) ? '<unknown>' : duration(now.getTime() - then)
}

/** A duration in the two largest units that matter: `45s`, `3m20s`, `5h`, `2d4h`, `1y30d`. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (hours < 192) return pair(days, 'd', hours % 24, 'h')
  if (days < 365 * 2) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`

/** A list in one cell, or `<none>`. */
export const joined = (values: readonly string[]): string =>
  values.length === 0 ? '<none>' : values.join(',')
