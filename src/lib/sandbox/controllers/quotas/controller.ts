import {add} from '../../apiserver/kinds/pods/amounts.ts'
import {concerns, quantityOf, resourcesOf, totalOf} from '../../apiserver/quota/quota.ts'
import type {KubeObject, Registry} from '../../registry.ts'
import {resourceQuotas} from '../../resources.ts'
import type {ControllerContext, Source, Stop} from '../controller.ts'
import {runController, subject} from '../controller.ts'
import {keyOf, namespaceOf, splitKey} from '../identity.ts'

/** Keeps in every quota's status how much of it is used. */
export function startResourceQuotas(context: ControllerContext): Stop {
  const {registry} = context
  return runController(context, {
    name: 'resource-quota',
    sources: [subject(registry, resourceQuotas), everythingCounted(registry)],
    sync: key => {
      const {namespace, name} = splitKey(key)
      const quota = registry.get(resourceQuotas, namespace, name)
      if (!quota) return
      const used = usedOf(registry, quota)
      registry.modify(
        resourceQuotas,
        namespace,
        name,
        draft => {
          draft.status = {hard: {...draft.spec?.hard}, used}
        },
        'status',
      )
    },
  })
}

/** Any object of a kind that some quota of its namespace is about. */
const everythingCounted = (registry: Registry): Source => ({
  watch: queue =>
    registry.watchAll((type, {object}) => {
      if (!type.namespaced) return
      const quotas = registry.list(resourceQuotas, {namespace: namespaceOf(object)})
      for (const quota of quotas) if (concerns(quota, type)) queue.add(keyOf(quota))
    }),
  initial: () => [],
})

function usedOf(registry: Registry, quota: KubeObject): Record<string, string> {
  const totals = registry
    .types()
    .filter(type => type.namespaced && concerns(quota, type))
    .map(type => totalOf(quota, type, registry.list(type, {namespace: namespaceOf(quota)})))
    .reduce(add, new Map())
  return Object.fromEntries(
    resourcesOf(quota).map(resource => [resource, quantityOf(quota, resource, totals.get(resource) ?? 0)]),
  )
}
