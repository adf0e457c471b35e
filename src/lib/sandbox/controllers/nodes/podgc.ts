import {nodes, pods} from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source} from '../controller.ts'
import {keyOf, nameOf, splitKey} from '../identity.ts'

/** A node that comes back under its name within this time finds its pods again. */
const quarantine = 40_000

/** Removes the pods of nodes that no longer exist: no kubelet is left to end them. */
export function startPodCollector(context: ControllerContext): Stop {
  const {registry, clock} = context
  /** When each pod was first seen without its node. */
  const lost = new Map<string, number>()
  return runController(context, {
    name: 'pod-garbage-collector',
    sources: [
      source(registry, pods, (pod, change) =>
        pod.spec?.nodeName && change?.type !== 'DELETED' ? [keyOf(pod)] : [],
      ),
      source(registry, nodes, (node, change) =>
        change?.type === 'DELETED'
          ? registry
              .list(pods)
              .filter(({spec}) => spec?.nodeName === nameOf(node))
              .map(keyOf)
          : [],
      ),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const pod = registry.get(pods, namespace, name)
      const gone = pod?.spec?.nodeName && !registry.get(nodes, undefined, pod.spec.nodeName)
      if (!pod || !gone) {
        lost.delete(key)
        return
      }
      const now = clock.now().getTime()
      const since = lost.get(key) ?? now
      lost.set(key, since)
      const left = since + quarantine - now
      if (left > 0) {
        queue.addAfter(key, left)
        return
      }
      lost.delete(key)
      registry.delete(pods, namespace, name, {gracePeriodSeconds: 0})
    },
  })
}
