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
