import type {KubeObject} from '../../../registry.ts'
import {isObject, type JsonObject} from '../../json.ts'
import type {Column} from '../../kind.ts'
import {age, ageColumn, nameColumn, text, wide} from '../columns/column.ts'
import {at, listAt, numberAt, textAt} from '../fields.ts'

interface Summary {
  reason: string
  restarts: number
  /** Latest end of a container that was restarted since. */
  restartedAt: string
  ready: number
  total: number
}

const later = (left: string, right: string): string => (left > right ? left : right)
const lastEnd = (status: JsonObject): string => textAt(status, 'lastState', 'terminated', 'finishedAt')

function terminatedReason(terminated: JsonObject): string {
  const reason = textAt(terminated, 'reason')
  if (reason !== '') return reason
  const signal = numberAt(terminated, 'signal') ?? 0
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}`
}

const isSidecar = (pod: KubeObject, name: string): boolean =>
  listAt(pod, 'spec', 'initContainers').some(
    container => container['name'] === name && container['restartPolicy'] === 'Always',
  )

const hasCondition = (pod: KubeObject, type: string): boolean =>
  listAt(pod, 'status', 'conditions').some(each => each['type'] === type && each['status'] === 'True')

/** What one init container says of a pod that is still starting, or undefined when it is done. */
function initReason(pod: KubeObject, status: JsonObject, index: number): string | undefined {
  const terminated = at(status, 'state', 'terminated')
  if (isObject(terminated)) {
    return numberAt(terminated, 'exitCode') === 0 ? undefined : `Init:${terminatedReason(terminated)}`
  }
  if (isSidecar(pod, textAt(status, 'name')) && status['started'] === true) return undefined
  const waiting = textAt(status, 'state', 'waiting', 'reason')
  if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`
  return `Init:${index}/${listAt(pod, 'spec', 'initContainers').length}`
}

function containerReason(status: JsonObject): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason')
  if (waiting !== '') return waiting
  const terminated = at(status, 'state', 'terminated')
  return isObject(terminated) ? terminatedReason(terminated) : undefined
}

/** Counts init containers into the summary; true while one of them is not done. */
function countInit(pod: KubeObject, summary: Summary): boolean {
  const statuses = listAt(pod, 'status', 'initContainerStatuses')
  for (const [index, status] of statuses.entries()) {
    summary.restarts += numberAt(status, 'restartCount') ?? 0
    summary.restartedAt = later(summary.restartedAt, lastEnd(status))
    const reason = initReason(pod, status, index)
    if (reason !== undefined) {
      summary.reason = reason
      return true
    }
    if (isSidecar(pod, textAt(status, 'name')) && status['ready'] === true) summary.ready++
  }
  return false
}

function countContainers(pod: KubeObject, summary: Summary): void {
  const sidecars = listAt(pod, 'status', 'initContainerStatuses').filter(status =>
    isSidecar(pod, textAt(status, 'name')),
  )
  summary.restarts = sidecars.reduce((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0)
  summary.restartedAt = sidecars.reduce((latest, status) => later(latest, lastEnd(status)), '')
  let running = false
  for (const status of listAt(pod, 'status', 'containerStatuses').reverse()) {
    summary.restarts += numberAt(status, 'restartCount') ?? 0
    summary.restartedAt = later(summary.restartedAt, lastEnd(status))
    const reason = containerReason(status)
    if (reason !== undefined) summary.reason = reason
    else if (status['ready'] === true && isObject(at(status, 'state', 'running'))) {
      running = true
      summary.ready++
    }
  }
  if (summary.reason !== 'Completed' || !running) return
  summary.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady'
}

/** A pod's state in the words of `kubectl get pods`. */
export function summarize(pod: KubeObject): Summary {
  const phase = textAt(pod, 'status', 'phase')
  const sidecars = listAt(pod, 'spec', 'initContainers').filter(each => each['restartPolicy'] === 'Always')
  const summary: Summary = {
    reason: textAt(pod, 'status', 'reason') || phase,
    restarts: 0,
    restartedAt: '',
    ready: 0,
    total: listAt(pod, 'spec', 'containers').length + sidecars.length,
  }
  const isGated = listAt(pod, 'status', 'conditions').some(
    each => each['type'] === 'PodScheduled' && each['reason'] === 'SchedulingGated',
  )
  if (isGated) summary.reason = 'SchedulingGated'
  if (!countInit(pod, summary) || hasCondition(pod, 'Initialized')) countContainers(pod, summary)
  if (at(pod, 'metadata', 'deletionTimestamp') === undefined) return summary
  if (textAt(pod, 'status', 'reason') === 'NodeLost') summary.reason = 'Unknown'
  else if (phase !== 'Failed' && phase !== 'Succeeded') summary.reason = 'Terminating'
  return summary
}

function restartsCell(pod: KubeObject, now: Date): string {
  const {restarts, restartedAt} = summarize(pod)
  return restarts === 0 || restartedAt === ''
    ? String(restarts)
    : `${restarts} (${age(restartedAt, now)} ago)`
}

function gatesCell(pod: KubeObject): string {
  const gates = listAt(pod, 'spec', 'readinessGates')
  if (gates.length === 0) return '<none>'
  const met = gates.filter(gate => hasCondition(pod, textAt(gate, 'conditionType')))
  return `${met.length}/${gates.length}`
}

const orNone = (value: string): string => (value === '' ? '<none>' : value)

export const podColumns: readonly Column[] = [
  nameColumn,
  text('Ready', pod => {
    const {ready, total} = summarize(pod)
    return `${ready}/${total}`
  }),
  text('Status', pod => summarize(pod).reason),
  text('Restarts', restartsCell),
  ageColumn,
  wide(text('IP', pod => orNone(textAt(pod, 'status', 'podIP') || textAt(pod, 'status', 'podIPs', 0, 'ip')))),
  wide(text('Node', pod => orNone(textAt(pod, 'spec', 'nodeName')))),
  wide(text('Nominated Node', pod => orNone(textAt(pod, 'status', 'nominatedNodeName')))),
  wide(text('Readiness Gates', gatesCell)),
]
