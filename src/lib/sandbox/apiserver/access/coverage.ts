import {namesPath, namesResource, type PolicyRule} from './rules.ts'

const orNothing = (list: readonly string[]): readonly string[] => (list.length === 0 ? [''] : list)

/** Rules that each name one verb of one resource in one group, or of one path. */
export function breakDown(rule: PolicyRule): PolicyRule[] {
  const one: PolicyRule = {verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: []}
  const byPath = rule.nonResourceURLs.flatMap(url =>
    rule.verbs.map(verb => ({...one, verbs: [verb], nonResourceURLs: [url]})),
  )
  const byResource = rule.apiGroups.flatMap(group =>
    rule.resources.flatMap(resource =>
      rule.verbs.flatMap(verb =>
        orNothing(rule.resourceNames).map(name => ({
          ...one,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames: name === '' ? [] : [name],
        })),
      ),
    ),
  )
  return [...byResource, ...byPath]
}

const includes = (held: readonly string[], wanted: string): boolean =>
  held.includes('*') || held.includes(wanted)

function covers(held: PolicyRule, wanted: PolicyRule): boolean {
  const [verb = ''] = wanted.verbs
  if (!includes(held.verbs, verb)) return false
  const [url] = wanted.nonResourceURLs
  if (url !== undefined) return namesPath(held.nonResourceURLs, url)
  const [group = ''] = wanted.apiGroups
  const [plural = '', subresource = ''] = (wanted.resources[0] ?? '').split('/')
  const [name] = wanted.resourceNames
  if (!includes(held.apiGroups, group) || !namesResource(held.resources, plural, subresource)) return false
  if (held.resourceNames.length === 0) return true
  return name !== undefined && held.resourceNames.includes(name)
}

/** The single rights among `wanted` that no held rule gives. */
export const uncovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  wanted.flatMap(breakDown).filter(right => !held.some(rule => covers(rule, right)))

/** Joins rights that differ in their verb only. */
export function compact(rights: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>()
  for (const right of rights) {
    const key = JSON.stringify([right.apiGroups, right.resources, right.resourceNames, right.nonResourceURLs])
    const known = joined.get(key)
    joined.set(key, known ? {...known, verbs: [...known.verbs, ...right.verbs]} : right)
  }
  return [...joined.values()]
}

/** Go's notation of a list of strings: `["a" "b"]`. */
export const goList = (list: readonly string[]): string =>
  `[${list.map(each => JSON.stringify(each)).join(' ')}]`

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` */
export function describeRule(rule: PolicyRule): string {
  const parts: [string, readonly string[]][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ]
  const shown = parts.filter(([, list]) => list.length > 0).map(([name, list]) => `${name}:${goList(list)}`)
  return `{${shown.join(', ')}}`
}
