import type {JsonObject} from '../json.ts'
import {isObject} from '../json.ts'

/**
 * A set of field paths as a tree, as `fieldsV1` writes it: keys are path elements (`f:name`,
 * `k:{"name":"main"}`, `v:"x"`), `member` says that the path up to here is itself in the set.
 */
export interface FieldSet {
  member: boolean
  children: Map<string, FieldSet>
}

export const emptySet = (): FieldSet => ({member: false, children: new Map()})

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0

/** Adds one path. */
export function insert(set: FieldSet, path: readonly string[]): void {
  let current = set
  for (const element of path) {
    let next = current.children.get(element)
    if (next === undefined) {
      next = emptySet()
      current.children.set(element, next)
    }
    current = next
  }
  current.member = true
}

export function parseFieldSet(fields: unknown): FieldSet {
  const set = emptySet()
  if (!isObject(fields)) return set
  const keys = Object.keys(fields)
  for (const key of keys) {
    if (key === '.') set.member = true
    else set.children.set(key, parseChild(fields[key]))
  }
  return set
}

/** `{}` stands for a member without children. */
function parseChild(fields: unknown): FieldSet {
  const set = parseFieldSet(fields)
  return set.children.size === 0 ? {...set, member: true} : set
}

export function formatFieldSet(set: FieldSet): JsonObject {
  const result: JsonObject = set.member && set.children.size > 0 ? {'.': {}} : {}
  for (const key of [...set.children.keys()].sort()) {
    const child = set.children.get(key)
    if (child !== undefined && !isEmptySet(child)) result[key] = formatFieldSet(child)
  }
  return result
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map(left.children)
  for (const [key, child] of right.children) {
    const other = children.get(key)
    children.set(key, other === undefined ? child : union(other, child))
  }
  return {member: left.member || right.member, children}
}

/** The paths of `left` that are not in `right`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of left.children) {
    const other = right.children.get(key)
    const rest = other === undefined ? child : difference(child, other)
    if (!isEmptySet(rest)) children.set(key, rest)
  }
  return {member: left.member && !right.member, children}
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of left.children) {
    const other = right.children.get(key)
    if (other === undefined) continue
    const both = intersection(child, other)
    if (!isEmptySet(both)) children.set(key, both)
  }
  return {member: left.member && right.member, children}
}

/** The set without some paths and everything below them. */
export function withoutBranches(set: FieldSet, branches: readonly (readonly string[])[]): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of set.children) {
    const below = branches.filter(branch => branch[0] === key).map(branch => branch.slice(1))
    if (below.some(branch => branch.length === 0)) continue
    const rest = below.length === 0 ? child : withoutBranches(child, below)
    if (!isEmptySet(rest)) children.set(key, rest)
  }
  return {member: set.member, children}
}

export function equalSets(left: FieldSet, right: FieldSet): boolean {
  if (left.member !== right.member || left.children.size !== right.children.size) return false
  return [...left.children].every(([key, child]) => {
    const other = right.children.get(key)
    return other !== undefined && equalSets(child, other)
  })
}

/** All paths; on each level first those that end there, then those that go deeper. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const keys = [...set.children.keys()].sort()
  const here = keys.filter(key => set.children.get(key)?.member === true).map(key => [...prefix, key])
  const deeper = keys.flatMap(key => {
    const child = set.children.get(key)
    return child === undefined || child.children.size === 0 ? [] : pathsOf(child, [...prefix, key])
  })
  return [...here, ...deeper]
}

/** A path as people read it: `.spec.containers[name="main"].image`. */
export function pathText(path: readonly string[]): string {
  return path
    .map(element => {
      const rest = element.slice(2)
      if (element.startsWith('f:')) return `.${rest}`
      if (element.startsWith('v:')) return `[=${rest}]`
      if (element.startsWith('i:')) return `[${rest}]`
      const key: unknown = JSON.parse(rest)
      const parts = isObject(key) ? Object.entries(key) : []
      return `[${parts.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}
