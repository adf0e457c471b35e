import type {KubeObject, LabelRequirement, LabelSelector} from '../../registry.ts'

/** True when an object's labels meet every requirement. */
export function matchesLabels(selector: LabelSelector, object: KubeObject): boolean {
  const labels = object.metadata?.labels ?? {}
  return selector.every(requirement => meets(requirement, labels))
}

function meets({key, operator, values}: LabelRequirement, labels: Record<string, string>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

interface ObjectSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: {key: string; operator: string; values?: string[]}[]
}

/** A selector as objects carry it; an empty one matches everything. */
export function requirementsOf({matchLabels = {}, matchExpressions = []}: ObjectSelector): LabelSelector {
  const labels = Object.entries(matchLabels).map(
    ([key, value]): LabelRequirement => ({key, operator: 'In', values: [value]}),
  )
  const expressions = matchExpressions.map(({key, operator, values = []}): LabelRequirement => {
    const known = OPERATORS.find(name => name === operator)
    // An operator that the schema forbids selects nothing.
    return known === undefined ? {key, operator: 'In', values: []} : {key, operator: known, values}
  })
  return [...labels, ...expressions]
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const
