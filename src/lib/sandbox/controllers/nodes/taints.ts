import type {Node, Taint} from 'kubernetes-types/core/v1.d.ts'
import {nodes} from '../../resources.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, subject} from '../controller.ts'

const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'
const unschedulable = 'node.kubernetes.io/unschedulable'
const managed = new Set([notReady, unreachable, unschedulable])

/** Pure: the taints that follow from a node's condition and from being cordoned. */
export function taintsFor(node: Node): Pick<Taint, 'key' | 'effect'>[] {
  // A node that has not said anything yet counts as ready: its kubelet is about to.
  const ready = node.status?.conditions?.find(({type}) => type === 'Ready')?.status ?? 'True'
  const key = ready === 'False' ? notReady : unreachable
  const condition = ready === 'True' ? [] : ['NoSchedule', 'NoExecute'].map(effect => ({key, effect}))
  const cordoned = node.spec?.unschedulable ? [{key: unschedulable, effect: 'NoSchedule'}] : []
  return [...condition, ...cordoned]
}

/** Keeps the taints of every node in step with its readiness. */
export function startNodeTaints(context: ControllerContext): Stop {
  const {registry, clock} = context
  return runController(context, {
    name: 'node-lifecycle',
    sources: [subject(registry, nodes)],
    sync: name => {
      registry.modify(nodes, undefined, name, draft => {
        const before = draft.spec?.taints ?? []
        const others = before.filter(({key}) => !managed.has(key))
        const wanted = taintsFor(draft).map(taint => {
          const same = before.find(({key, effect}) => key === taint.key && effect === taint.effect)
          return same ?? {...taint, timeAdded: timestamp(clock.now())}
        })
        const taints = [...others, ...wanted]
        const {taints: _, ...spec} = draft.spec ?? {}
        draft.spec = taints.length > 0 ? {...spec, taints} : spec
      })
    },
  })
}
