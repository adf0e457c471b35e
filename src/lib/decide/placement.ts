import {type PgkError, refusedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {instancePodLabels} from '../model/labels.ts'
import {at, flag, list, text} from '../observe/fields.ts'
import type {KubeObject} from '../ports.ts'

const schedulable = (node: KubeObject): boolean =>
  !flag(node, 'spec', 'unschedulable') &&
  !list(node, 'spec', 'taints').some(
    taint => text(taint, 'effect') === 'NoSchedule' || text(taint, 'effect') === 'NoExecute',
  )

/** True when a selector in Kubernetes' form picks pods with these labels; an unknown operator never does. */
function picks(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (typeof selector !== 'object' || selector === null) return false
  const equal = Object.entries(at(selector, 'matchLabels') ?? {}).every(
    ([key, value]) => labels[key] === value,
  )
  return (
    equal &&
    list(selector, 'matchExpressions').every(expression => {
      const value = labels[text(expression, 'key') ?? '']
      const values = list(expression, 'values')
      switch (text(expression, 'operator')) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          return false
      }
    })
  )
}

/**
 * Refuses what no scheduler can place: more instances of a set than there are hosts (or zones) where the
 * document forbids two of them on one. `nodes` may be empty when they cannot be read; nothing is refused then.
 */
export function unplaceable(document: CompleteCluster, nodes: readonly KubeObject[]): PgkError | undefined {
  if (nodes.length === 0) return undefined
  const cluster = document.metadata.name
  const able = nodes.filter(schedulable)
  for (const [index, set] of document.spec.instances.entries()) {
    const labels = instancePodLabels(cluster, set.name, `${cluster}-${set.name}-1`)
    const terms = list(set, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')
    for (const term of terms) {
      const key = text(term, 'topologyKey') ?? ''
      const places = new Set(able.flatMap(node => node.metadata.labels?.[key] ?? [])).size
      if (!picks(at(term, 'labelSelector'), labels) || set.replicas <= places) continue
      return refusedError('UNSCHEDULABLE', `${set.replicas} instances cannot be placed`, {
        object: `field spec.instances[${index}].replicas`,
        reason: `the anti-affinity allows one instance for each ${key}, and the nodes that take pods have ${places}`,
        hints: ['Ask for fewer instances, make the anti-affinity preferred, or add nodes.'],
      })
    }
  }
  return undefined
}
