import type {Attributes} from '../http/hooks.ts'
import {listAt, textsAt} from '../kinds/fields.ts'

/** One rule of a role. Empty lists stand for what the rule does not name. */
export interface PolicyRule {
  verbs: readonly string[]
  apiGroups: readonly string[]
  resources: readonly string[]
  resourceNames: readonly string[]
  nonResourceURLs: readonly string[]
}

/** The rules of a Role or ClusterRole. */
export const rulesOf = (role: unknown): PolicyRule[] =>
  listAt(role, 'rules').map(rule => ({
    verbs: textsAt(rule, 'verbs'),
    apiGroups: textsAt(rule, 'apiGroups'),
    resources: textsAt(rule, 'resources'),
    resourceNames: textsAt(rule, 'resourceNames'),
    nonResourceURLs: textsAt(rule, 'nonResourceURLs'),
  }))

/** A rule as the API has it, without the lists that name nothing. */
export const writtenRule = ({verbs, apiGroups, resources, resourceNames, nonResourceURLs}: PolicyRule) => ({
  verbs: [...verbs],
  ...(apiGroups.length === 0 ? {} : {apiGroups: [...apiGroups]}),
  ...(resources.length === 0 ? {} : {resources: [...resources]}),
  ...(resourceNames.length === 0 ? {} : {resourceNames: [...resourceNames]}),
  ...(nonResourceURLs.length === 0 ? {} : {nonResourceURLs: [...nonResourceURLs]}),
})

const names = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

/** `pods`, `pods/log`, `*` or `*`/scale (any resource's subresource). */
export function namesResource(list: readonly string[], plural: string, subresource: string): boolean {
  if (names(list, subresource === '' ? plural : `${plural}/${subresource}`)) return true
  return subresource !== '' && list.includes(`*/${subresource}`)
}

/** A path, or everything below one that ends in `*`. */
export const namesPath = (list: readonly string[], path: string): boolean =>
  list.some(
    each => each === path || each === '*' || (each.endsWith('*') && path.startsWith(each.slice(0, -1))),
  )

export function ruleAllows(rule: PolicyRule, {verb, resource, path}: Attributes): boolean {
  if (!names(rule.verbs, verb)) return false
  if (resource === undefined) return namesPath(rule.nonResourceURLs, path)
  if (!names(rule.apiGroups, resource.group)) return false
  if (!namesResource(rule.resources, resource.plural, resource.subresource ?? '')) return false
  return rule.resourceNames.length === 0 || rule.resourceNames.includes(resource.name ?? '')
}
