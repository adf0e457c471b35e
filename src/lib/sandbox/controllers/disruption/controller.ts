import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {PodDisruptionBudget} from 'kubernetes-types/policy/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {deployments, podDisruptionBudgets, pods, replicaSets, statefulSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {keyOf, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {controllerOf} from '../ownership.ts'
import {assess} from './budget.ts'

/** Keeps every disruption budget's status, which evictions go by. */
export function startDisruption(context: ControllerContext): Stop {
  const {registry, clock} = context
  const inNamespace = (namespace: string): string[] =>
    registry.list(podDisruptionBudgets, {namespace}).map(keyOf)
  return runController(context, {
    name: 'disruption',
    sources: [
      subject(registry, podDisruptionBudgets),
      source(registry, pods, pod => budgetsOf(registry, pod)),
      source(registry, statefulSets, each => inNamespace(namespaceOf(each))),
      source(registry, replicaSets, each => inNamespace(namespaceOf(each))),
      source(registry, deployments, each => inNamespace(namespaceOf(each))),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const budget = registry.get(podDisruptionBudgets, namespace, name)
      if (!budget) return
      const matches = matcherOf(budget.spec?.selector)
      const selected = registry.list(pods, {namespace}).filter(pod => matches(labelsOf(pod)))
      const scale = scaleOf(registry, selected)
      const {status, recheckIn} = assess({budget, pods: selected, scale, now: clock.now()})
      registry.modify(
        podDisruptionBudgets,
        namespace,
        name,
        draft => {
          draft.status = status
        },
        'status',
      )
      if (recheckIn !== undefined) queue.addAfter(key, recheckIn)
    },
  })
}

const budgetsOf = (registry: Registry, pod: Pod): string[] =>
  registry
    .list(podDisruptionBudgets, {namespace: namespaceOf(pod)})
    .filter(({spec}: PodDisruptionBudget) => matcherOf(spec?.selector)(labelsOf(pod)))
    .map(keyOf)

/** How many pods the controllers of these pods want in all; a pod without one stands for itself. */
function scaleOf(registry: Registry, selected: readonly Pod[]): number {
  const scales = new Map<string, number>()
  for (const pod of selected) {
    const {uid, replicas} = scaleBehind(registry, pod)
    scales.set(uid, replicas)
  }
  return [...scales.values()].reduce((sum, each) => sum + each, 0)
}

function scaleBehind(registry: Registry, pod: Pod): {uid: string; replicas: number} {
  const namespace = namespaceOf(pod)
  const owner = controllerOf(pod)
  if (!owner) return {uid: nameOf(pod), replicas: 1}
  if (owner.kind === 'StatefulSet') {
    return {uid: owner.uid, replicas: registry.get(statefulSets, namespace, owner.name)?.spec?.replicas ?? 0}
  }
  const set = owner.kind === 'ReplicaSet' ? registry.get(replicaSets, namespace, owner.name) : undefined
  if (!set) return {uid: owner.uid, replicas: 0}
  // During a rollout several ReplicaSets serve one Deployment, which says how many it wants in all.
  const above = controllerOf(set)
  const deployment = above?.kind === 'Deployment' && registry.get(deployments, namespace, above.name)
  if (above && deployment) return {uid: above.uid, replicas: deployment.spec?.replicas ?? 0}
  return {uid: owner.uid, replicas: set.spec?.replicas ?? 0}
}
