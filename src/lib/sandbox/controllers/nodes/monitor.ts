import type {Node, Pod} from 'kubernetes-types/core/v1.d.ts'
import {leases, nodes, pods} from '../../resources.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {nameOf, namespaceOf} from '../identity.ts'

const leaseNamespace = 'kube-node-lease'
/** How long a kubelet may be silent, as kube-controller-manager has it by default. */
const grace = 50_000

/** When a node's renewal was first seen here: the times in it are the node's own, and its clock may be off. */
interface Renewal {
  renewTime: string
  seenAt: number
}

/** Gives up nodes whose kubelet has stopped renewing its Lease: what it said last is no longer known to hold. */
export function startNodeMonitor(context: ControllerContext): Stop {
  const {registry, clock} = context
  const renewals = new Map<string, Renewal>()
  return runController(context, {
    name: 'node-monitor',
    sources: [
      subject(registry, nodes),
      source(registry, leases, lease => (namespaceOf(lease) === leaseNamespace ? [nameOf(lease)] : [])),
    ],
    sync: (name, queue) => {
      const renewTime = registry.get(leases, leaseNamespace, name)?.spec?.renewTime
      const node = registry.get(nodes, undefined, name)
      if (renewTime === undefined || node === undefined) {
        renewals.delete(name)
        return
      }
      const now = clock.now()
      const before = renewals.get(name)
      const seenAt = before?.renewTime === renewTime ? before.seenAt : now.getTime()
      renewals.set(name, {renewTime, seenAt})
      const left = seenAt + grace - now.getTime()
      if (left > 0) {
        queue.addAfter(name, left)
        return
      }
      if (isKnown(node)) giveUp(context, name, timestamp(now))
    },
  })
}

const isKnown = (node: Node): boolean =>
  (node.status?.conditions ?? []).some(({type, status}) => type === 'Ready' && status !== 'Unknown')

function giveUp({registry}: ControllerContext, name: string, time: string): void {
  const unknown = {
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: time,
  }
  registry.modify(
    nodes,
    undefined,
    name,
    draft => {
      const conditions = draft.status?.conditions?.map(each => ({...each, ...unknown}))
      Object.assign(draft, {status: {...draft.status, conditions}})
    },
    'status',
  )
  const lost = registry.list(pods).filter(pod => pod.spec?.nodeName === name && isReady(pod))
  for (const pod of lost) {
    const [namespace, podName] = [namespaceOf(pod), nameOf(pod)]
    registry.modify(pods, namespace, podName, draft => markUnready(draft, time), 'status')
  }
}

const isReady = (pod: Pod): boolean =>
  (pod.status?.conditions ?? []).some(({type, status}) => type === 'Ready' && status === 'True')

/** Services no longer send anything to a pod of which nobody knows how it does. */
function markUnready(pod: Pod, time: string): void {
  const conditions = pod.status?.conditions?.map(each =>
    each.type === 'Ready' ? {...each, status: 'False', lastTransitionTime: time} : each,
  )
  Object.assign(pod, {status: {...pod.status, conditions}})
}
