import type {Pod, Taint} from 'kubernetes-types/core/v1.d.ts'
import {nodes, pods} from '../../resources.ts'
import {millisecondsOf} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source} from '../controller.ts'
import {isDeleting, keyOf, nameOf, splitKey} from '../identity.ts'
import {isTerminal} from '../podstate.ts'
import {tolerates} from '../scheduler/taints.ts'

/** Deletes pods from nodes whose `NoExecute` taints they do not tolerate, or no longer. */
export function startTaintEviction(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('taint-eviction-controller')
  const podsOn = (node: string): string[] =>
    registry
      .list(pods)
      .filter(({spec}) => spec?.nodeName === node)
      .map(keyOf)
  return runController(context, {
    name: 'taint-eviction',
    sources: [
      source(registry, pods, pod => (pod.spec?.nodeName ? [keyOf(pod)] : [])),
      source(registry, nodes, (node, change) => {
        const same =
          JSON.stringify(change?.previous?.spec?.taints) === JSON.stringify(change?.object.spec?.taints)
        return change?.type === 'MODIFIED' && !same ? podsOn(nameOf(node)) : []
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const pod = registry.get(pods, namespace, name)
      const node = pod && registry.get(nodes, undefined, pod.spec?.nodeName ?? '')
      if (!pod || !node || isDeleting(pod) || isTerminal(pod)) return
      const left = toleratedFor(pod, node.spec?.taints ?? [], clock.now())
      if (left === undefined) return
      if (left > 0) {
        queue.addAfter(key, left)
        return
      }
      const message = `Marking for deletion Pod ${key}`
      recorder.event(pods, pod, {type: 'Normal', reason: 'TaintManagerEviction', message})
      registry.delete(pods, namespace, name)
    },
  })
}

/** Pure: milliseconds that the pod may stay; undefined means for good. */
export function toleratedFor(pod: Pod, taints: readonly Taint[], now: Date): number | undefined {
  let soonest: number | undefined
  for (const taint of taints.filter(({effect}) => effect === 'NoExecute')) {
    const matching = (pod.spec?.tolerations ?? []).filter(toleration => tolerates(toleration, taint))
    if (matching.length === 0) return 0
    const limits = matching.map(({tolerationSeconds}) => tolerationSeconds).filter(each => each !== undefined)
    if (limits.length === 0) continue
    const since = millisecondsOf(taint.timeAdded) ?? now.getTime()
    const left = Math.max(0, since + Math.max(0, Math.min(...limits)) * 1000 - now.getTime())
    soonest = Math.min(left, soonest ?? left)
  }
  return soonest
}
