import type {KubeObject} from '../ports.ts'
import {at, condition, count, flag, list, text} from './fields.ts'

/** Why a pod does not get on. `fatal` trouble does not mend itself. */
export interface PodTrouble {
  kind: 'image' | 'start' | 'crash' | 'schedule' | 'config'
  message: string
  fatal: boolean
}

export interface ContainerSeen {
  name: string
  ready: boolean
  running: boolean
  restarts: number
  /** RFC 3339, whole seconds; undefined while it does not run. */
  startedAt: string | undefined
}

export interface PodSeen {
  name: string
  uid: string
  resourceVersion: string
  /** RFC 3339, whole seconds. */
  createdAt: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  node: string | undefined
  phase: string
  ready: boolean
  deleting: boolean
  ip: string | undefined
  /** Label `controller-revision-hash`: which template the pod was made from. */
  revision: string | undefined
  containers: readonly ContainerSeen[]
  trouble: PodTrouble | undefined
}

const strings = (value: unknown): Record<string, string> => {
  const out: Record<string, string> = {}
  if (typeof value !== 'object' || value === null) return out
  for (const [key, entry] of Object.entries(value)) if (typeof entry === 'string') out[key] = entry
  return out
}

/** By which the preparing container says that image, volumes and document do not fit together. */
const haltCode = 78

const imageReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'])
const configReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'])

function containerTrouble(status: unknown, init: boolean): PodTrouble | undefined {
  const name = text(status, 'name') ?? ''
  const reason = text(status, 'state', 'waiting', 'reason') ?? ''
  const message = text(status, 'state', 'waiting', 'message') ?? reason
  if (imageReasons.has(reason)) {
    const fatal = reason !== 'ErrImagePull'
    // Between two tries the kubelet wraps the reason into words that change nothing.
    const why = message.replace(/^Back-off pulling image "[^"]*"(: ErrImagePull: )?/, '') || message
    return {kind: 'image', message: `image ${text(status, 'image') ?? ''}: ${why}`, fatal}
  }
  if (configReasons.has(reason))
    return {kind: 'config', message: `container ${name}: ${message}`, fatal: false}
  const ended = at(status, 'state', 'terminated') ?? at(status, 'lastState', 'terminated')
  const code = count(ended, 'exitCode') ?? 0
  if (ended === undefined || code === 0) return undefined
  const said = (text(ended, 'message') ?? '').trim().split('\n').slice(-3).join(' ')
  const restarts = count(status, 'restartCount') ?? 0
  if (init && code === haltCode && said !== '') return {kind: 'start', message: said, fatal: true}
  const what = `container ${name} ended with exit code ${code}${said === '' ? '' : `: ${said}`}`
  if (init) return {kind: 'start', message: what, fatal: restarts >= 2}
  return reason === 'CrashLoopBackOff' ? {kind: 'crash', message: what, fatal: false} : undefined
}

function podTrouble(pod: KubeObject): PodTrouble | undefined {
  const scheduled = condition(pod, 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return {kind: 'schedule', message: scheduled.message, fatal: false}
  }
  for (const status of list(pod, 'status', 'initContainerStatuses')) {
    const trouble = containerTrouble(status, true)
    if (trouble) return trouble
  }
  for (const status of list(pod, 'status', 'containerStatuses')) {
    const trouble = containerTrouble(status, false)
    if (trouble) return trouble
  }
  return undefined
}

export function readPod(pod: KubeObject): PodSeen {
  const labels = strings(pod.metadata.labels)
  return {
    name: pod.metadata.name ?? '',
    uid: pod.metadata.uid ?? '',
    resourceVersion: pod.metadata.resourceVersion ?? '',
    createdAt: pod.metadata.creationTimestamp ?? '',
    labels,
    annotations: strings(pod.metadata.annotations),
    node: text(pod, 'spec', 'nodeName'),
    phase: text(pod, 'status', 'phase') ?? 'Unknown',
    ready: condition(pod, 'Ready')?.status === 'True',
    deleting: pod.metadata.deletionTimestamp !== undefined,
    ip: text(pod, 'status', 'podIP'),
    revision: labels['controller-revision-hash'],
    containers: list(pod, 'status', 'containerStatuses').map(status => ({
      name: text(status, 'name') ?? '',
      ready: flag(status, 'ready'),
      running: at(status, 'state', 'running') !== undefined,
      restarts: count(status, 'restartCount') ?? 0,
      startedAt: text(status, 'state', 'running', 'startedAt'),
    })),
    trouble: podTrouble(pod),
  }
}

export interface StatefulSetSeen {
  name: string
  uid: string
  labels: Readonly<Record<string, string>>
  replicas: number
  updateRevision: string | undefined
  /** False while the controller has not yet looked at the newest template. */
  current: boolean
  deleting: boolean
}

export function readStatefulSet(object: KubeObject): StatefulSetSeen {
  const generation = object.metadata.generation ?? 0
  return {
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
    labels: strings(object.metadata.labels),
    replicas: count(object, 'spec', 'replicas') ?? 1,
    updateRevision: text(object, 'status', 'updateRevision'),
    current: (count(object, 'status', 'observedGeneration') ?? 0) >= generation,
    deleting: object.metadata.deletionTimestamp !== undefined,
  }
}

export interface JobSeen {
  name: string
  uid: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  state: 'active' | 'complete' | 'failed'
  startedAt: string | undefined
  completedAt: string | undefined
  message: string
  deleting: boolean
}

export function readJob(object: KubeObject): JobSeen {
  const failed = condition(object, 'Failed')
  const complete = condition(object, 'Complete')
  const state = complete?.status === 'True' ? 'complete' : failed?.status === 'True' ? 'failed' : 'active'
  return {
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
    labels: strings(object.metadata.labels),
    annotations: strings(object.metadata.annotations),
    state,
    startedAt: text(object, 'status', 'startTime'),
    completedAt: text(object, 'status', 'completionTime'),
    message: failed?.message ?? '',
    deleting: object.metadata.deletionTimestamp !== undefined,
  }
}

export interface VolumeSeen {
  name: string
  labels: Readonly<Record<string, string>>
  phase: string
  /** `spec.resources.requests.storage` as written. */
  requested: string | undefined
  owned: boolean
}

export function readVolume(object: KubeObject): VolumeSeen {
  return {
    name: object.metadata.name ?? '',
    labels: strings(object.metadata.labels),
    phase: text(object, 'status', 'phase') ?? 'Pending',
    requested: text(object, 'spec', 'resources', 'requests', 'storage'),
    owned: (object.metadata.ownerReferences ?? []).length > 0,
  }
}
