import type {Node, Pod, PodCondition, PodStatus} from 'kubernetes-types/core/v1.d.ts'
import type {Change, Registry} from '../../registry.ts'
import * as resources from '../../resources.ts'
import type {Clock} from '../clock.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Source, Stop} from '../controller.ts'
import {runController, source} from '../controller.ts'
import {isDeleting, keyOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {isTerminal} from '../podstate.ts'
import {selectNode} from '../volumes/claimstate.ts'
import {place} from './place.ts'
import {snapshotOf} from './snapshot.ts'

/** Gives every waiting pod a node, or says why it has none and looks again when that may have changed. */
export function startScheduler(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('default-scheduler')
  const stuck = new Set<string>()
  return runController(context, {
    name: 'scheduler',
    sources: sources(registry, () => [...stuck]),
    sync: key => {
      stuck.delete(key)
      const {namespace, name} = splitKey(key)
      const pod = registry.get(resources.pods, namespace, name)
      if (!pod || !isWaiting(pod)) return
      const outcome = place(pod, snapshotOf(registry, pod))
      if ('refusal' in outcome) {
        stuck.add(key)
        const {refusal: message} = outcome
        setScheduled(registry, clock, pod, {status: 'False', reason: 'Unschedulable', message})
        recorder.event(resources.pods, pod, {type: 'Warning', reason: 'FailedScheduling', message})
        return
      }
      const {node, claims} = outcome
      if (claims.length > 0) {
        // Bound claims bring the pod back here; by then its volumes hold it to this node.
        stuck.add(key)
        for (const claim of claims) selectNode(registry, claim, node.name)
        return
      }
      bind(registry, clock, pod, node.name)
      const message = `Successfully assigned ${key} to ${node.name}`
      recorder.event(resources.pods, pod, {type: 'Normal', reason: 'Scheduled', message})
    },
  })
}

const isWaiting = (pod: Pod): boolean =>
  !pod.spec?.nodeName &&
  !isDeleting(pod) &&
  !isTerminal(pod) &&
  !pod.spec?.schedulingGates?.length &&
  (pod.spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler'

/** Waiting pods, and everything whose change may let a stuck one fit. */
function sources(registry: Registry, stuck: () => string[]): Source[] {
  return [
    source(registry, resources.pods, (pod, change) => {
      if (isWaiting(pod)) return waitingChanged(change) ? [keyOf(pod)] : []
      return change && assignedChanged(change) ? stuck() : []
    }),
    source(registry, resources.nodes, (_, change) => (change && nodeChanged(change) ? stuck() : [])),
    source(registry, resources.persistentVolumeClaims, (_, change) => (change ? stuck() : [])),
    source(registry, resources.persistentVolumes, (_, change) => (change ? stuck() : [])),
    source(registry, resources.storageClasses, (_, change) => (change ? stuck() : [])),
    source(registry, resources.namespaces, (_, change) => (change?.type === 'MODIFIED' ? stuck() : [])),
  ]
}

/** The scheduler's own note that a pod is stuck must not wake it again. */
function waitingChanged(change: Change<Pod> | undefined): boolean {
  if (change?.type !== 'MODIFIED' || !change.previous) return true
  return change.object.metadata?.generation !== change.previous.metadata?.generation || labelsDiffer(change)
}

const labelsDiffer = ({object, previous}: Change<Pod> | Change<Node>): boolean =>
  JSON.stringify(object.metadata?.labels) !== JSON.stringify(previous?.metadata?.labels)

/** A pod came to a node, left it, is leaving it or is told apart differently now. */
function assignedChanged(change: Change<Pod>): boolean {
  const {type, object, previous} = change
  if (type !== 'MODIFIED' || !previous) return true
  if (isTerminal(object) !== isTerminal(previous) || isDeleting(object) !== isDeleting(previous)) return true
  return object.spec?.nodeName !== previous.spec?.nodeName || labelsDiffer(change)
}

/** Heartbeats only touch what no placement depends on. */
function nodeChanged(change: Change<Node>): boolean {
  const {type, object, previous} = change
  if (type !== 'MODIFIED') return true
  const deciding = ({spec, status}: Node): string =>
    JSON.stringify([spec?.taints, spec?.unschedulable, status?.allocatable])
  return labelsDiffer(change) || (previous !== undefined && deciding(object) !== deciding(previous))
}

/** The scheduler first tells where the pod is about to go, then binds it there in one write. */
function bind(registry: Registry, clock: Clock, pod: Pod, node: string): void {
  const at = [resources.pods, namespaceOf(pod), nameOf(pod)] as const
  registry.modify(
    ...at,
    draft => Object.assign(draft, {status: {...draft.status, nominatedNodeName: node}}),
    'status',
  )
  const bound = (draft: Pod): void => {
    const {nominatedNodeName: _, ...status} = draft.status ?? {}
    if (draft.spec) draft.spec.nodeName = node
    Object.assign(draft, {status: withScheduled(status, {status: 'True'}, clock)})
  }
  registry.modify(...at, bound, 'binding')
}

type Verdict = {status: 'True'} | {status: 'False'; reason: string; message: string}

function withScheduled(status: PodStatus | undefined, wanted: Verdict, clock: Clock): PodStatus {
  const before = status?.conditions?.find(({type}) => type === 'PodScheduled')
  const since = before?.status === wanted.status ? before.lastTransitionTime : undefined
  const lastTransitionTime = since ?? timestamp(clock.now())
  const condition: PodCondition = {type: 'PodScheduled', ...wanted, lastTransitionTime}
  const others = (status?.conditions ?? []).filter(each => each.type !== 'PodScheduled')
  return {...status, conditions: [...others, condition]}
}

function setScheduled(registry: Registry, clock: Clock, pod: Pod, wanted: Verdict): void {
  const change = (draft: Pod): void => {
    Object.assign(draft, {status: withScheduled(draft.status, wanted, clock)})
  }
  registry.modify(resources.pods, namespaceOf(pod), nameOf(pod), change, 'status')
}
