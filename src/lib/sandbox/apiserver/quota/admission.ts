import type {KubeObject} from '../../registry.ts'
import {resourceQuotas} from '../../resources.ts'
import type {Kind, StrategyContext} from '../kind.ts'
import {at, listAt, textAt} from '../kinds/fields.ts'
import {forbidden} from '../status.ts'
import {concerns, counts, hardOf, quantityOf, resourcesOf, totalOf} from './quota.ts'
import {qualified, usageOf} from './usage.ts'

/**
 * Refuses what the namespace's quotas leave no room for, in Kubernetes' sentences. Goes by what is there, not by a
 * status that may be behind: room that became free counts at once. `old` is what an update replaces.
 */
export function admitByQuota(
  context: StrategyContext,
  kind: Kind,
  object: KubeObject,
  old?: KubeObject,
): void {
  const namespace = object.metadata?.namespace
  if (!kind.namespaced || namespace === undefined) return
  if (old !== undefined && !canGrow.has(qualified(kind))) return
  const quotas = context
    .list(resourceQuotas, namespace)
    .filter(quota => concerns(quota, kind) && counts(quota, kind, object))
  for (const quota of quotas) {
    const why = unspecified(quota, kind, object) ?? exceeded(context, quota, kind, {object, old})
    if (why !== undefined) throw forbidden(kind, object.metadata?.name ?? '', why)
  }
}

/** What an update may make take more; the others take what they took when they were made. */
const canGrow: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'services'])

/** Where compute resources are limited, every container must say what it takes of them. */
const compute = /^((requests|limits)\.)?(cpu|memory)$/

function unspecified(quota: KubeObject, kind: Kind, object: KubeObject): string | undefined {
  if (qualified(kind) !== 'pods') return undefined
  const missing = resourcesOf(quota).flatMap(resource => {
    const [, , part = 'requests', name = ''] = compute.exec(resource) ?? []
    if (name === '') return []
    const without = [...listAt(object, 'spec', 'containers'), ...listAt(object, 'spec', 'initContainers')]
      .filter(container => at(container, 'resources', part, name) === undefined)
      .map(container => textAt(container, 'name'))
    return without.length === 0 ? [] : [`${resource} for: ${without.sort().join(',')}`]
  })
  if (missing.length === 0) return undefined
  return `failed quota: ${quota.metadata?.name}: must specify ${missing.join('; ')}`
}

function exceeded(
  context: StrategyContext,
  quota: KubeObject,
  kind: Kind,
  {object, old}: {object: KubeObject; old: KubeObject | undefined},
): string | undefined {
  const resources = resourcesOf(quota)
  const before = old === undefined ? new Map<string, number>() : usageOf(kind, old, resources)
  const grown = [...usageOf(kind, object, resources)]
    .map(([name, amount]): [string, number] => [name, amount - (before.get(name) ?? 0)])
    .filter(([, amount]) => amount > 0)
  if (grown.length === 0) return undefined
  const used = totalOf(quota, kind, context.list(kind, object.metadata?.namespace))
  const over = grown.filter(([name, amount]) => (used.get(name) ?? 0) + amount > hardOf(quota, name))
  if (over.length === 0) return undefined
  const shown = (amountOf: (name: string, asked: number) => number): string =>
    over.map(([name, asked]) => `${name}=${quantityOf(quota, name, amountOf(name, asked))}`).join(',')
  const requested = shown((_, asked) => asked)
  const taken = shown(name => used.get(name) ?? 0)
  const limited = shown(name => hardOf(quota, name))
  return `exceeded quota: ${quota.metadata?.name}, requested: ${requested}, used: ${taken}, limited: ${limited}`
}
