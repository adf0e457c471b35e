import type {LabelSelector} from 'kubernetes-types/meta/v1.d.ts'

export type Labels = Readonly<Record<string, string>>
export type LabelMatcher = (labels: Labels) => boolean

const nothing: LabelMatcher = () => false

interface Requirement {
  key: string
  operator: string
  values?: readonly string[]
}

/** The label's value; what every object inherits under such a name is none. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

function requirementHolds({key, operator, values = []}: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number.parseInt(value, 10) > Number.parseInt(values[0] ?? '', 10)
    case 'Lt':
      return value !== undefined && Number.parseInt(value, 10) < Number.parseInt(values[0] ?? '', 10)
    default:
      return false
  }
}

/** All of `requirements` hold; the operators of node affinity (Gt, Lt) included. */
export const holdsAll = (requirements: readonly Requirement[] | undefined, labels: Labels): boolean =>
  (requirements ?? []).every(requirement => requirementHolds(requirement, labels))

/** A plain map of labels, as in a Service's selector: every pair must be present. */
export const matchesPairs =
  (pairs: Labels): LabelMatcher =>
  labels =>
    Object.entries(pairs).every(([key, value]) => labelOf(labels, key) === value)

/** Kubernetes' rule: an absent selector matches nothing, an empty one everything. */
export function matcherOf(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return nothing
  const pairs = matchesPairs(selector.matchLabels ?? {})
  return labels => pairs(labels) && holdsAll(selector.matchExpressions, labels)
}
