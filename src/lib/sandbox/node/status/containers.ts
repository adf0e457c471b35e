import type {Container, ContainerState, ContainerStatus, Pod} from 'kubernetes-types/core/v1.d.ts'
import {timestamp} from '../../controllers/clock.ts'
import {initContainersOf, isSidecar, mainContainersOf, restartPolicyOf} from '../containers.ts'
import {restartCountAnnotation} from '../labels.ts'
import type {ContainerRecord, ContainerUser} from '../runtime.ts'

/** Why a container does not run: `CrashLoopBackOff`, `ImagePullBackOff`, `CreateContainerConfigError`, … */
export interface Waiting {
  readonly reason: string
  readonly message?: string
}

/** What the node has seen of a pod's containers. */
export interface SeenContainers {
  /** Newest first. */
  readonly containers: readonly ContainerRecord[]
  waiting(container: string): Waiting | undefined
  ready(containerId: string): boolean
  started(containerId: string): boolean
  /** What the process left behind as its last words. */
  lastWords(containerId: string): string
  /** The pod is over or on its way out: nothing is started any more. */
  readonly isFinal: boolean
}

/** A container's status with the fields that are younger than the published types. */
export interface FullContainerStatus extends ContainerStatus {
  user?: {linux: {uid: number; gid: number; supplementalGroups: readonly number[]}}
}

const time = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : timestamp(new Date(milliseconds))

export const idOf = (record: ContainerRecord): string => `containerd://${record.id}`

export const restartCountOf = (record: ContainerRecord): number =>
  Number(record.annotations[restartCountAnnotation] ?? record.attempt)

function terminated(record: ContainerRecord, seen: SeenContainers): ContainerState {
  const startedAt = time(record.startedAt)
  const finishedAt = time(record.finishedAt)
  const message = seen.lastWords(record.id) || record.message
  return {
    terminated: {
      exitCode: record.exitCode,
      reason: record.reason || (record.exitCode === 0 ? 'Completed' : 'Error'),
      ...(message ? {message} : {}),
      ...(startedAt ? {startedAt} : {}),
      ...(finishedAt ? {finishedAt} : {}),
      containerID: idOf(record),
    },
  }
}

const lost: ContainerState = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
}

const volumeMountsOf = (container: Container) =>
  (container.volumeMounts ?? []).map(({name, mountPath, readOnly}) => ({
    name,
    mountPath,
    ...(readOnly ? {readOnly, recursiveReadOnly: 'Disabled'} : {}),
  }))

const userStatus = ({uid, gid, groups}: ContainerUser) => ({linux: {uid, gid, supplementalGroups: groups}})

interface Kind {
  readonly isInit: boolean
  readonly idle: Waiting
}

/** Whether a container that ended will be started again in this pod. */
function comesBack(pod: Pod, container: Container, record: ContainerRecord, isInit: boolean): boolean {
  if (isSidecar(container)) return true
  const policy = restartPolicyOf(pod)
  if (isInit) return record.exitCode !== 0 && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && record.exitCode !== 0)
}

function statesOf(
  pod: Pod,
  container: Container,
  seen: SeenContainers,
  {isInit, idle}: Kind,
): {state: ContainerState; lastState: ContainerState; record: ContainerRecord | undefined} {
  const [record, before] = seen.containers.filter(each => each.name === container.name)
  const waiting = seen.waiting(container.name)
  const lastState = before?.state === 'exited' ? terminated(before, seen) : {}
  if (!record) {
    const known = pod.status?.[isInit ? 'initContainerStatuses' : 'containerStatuses']
    const previous = known?.find(each => each.name === container.name)
    const ended = previous?.state?.terminated ? previous.state : previous?.state?.running ? lost : undefined
    if (ended && seen.isFinal) return {state: ended, lastState: previous?.lastState ?? {}, record}
    return {state: {waiting: waiting ?? idle}, lastState: ended ?? previous?.lastState ?? {}, record}
  }
  const startedAt = time(record.startedAt)
  if (record.state === 'running') {
    return {state: {running: startedAt ? {startedAt} : {}}, lastState, record}
  }
  if (record.state !== 'exited') return {state: {waiting: waiting ?? idle}, lastState, record}
  const state = terminated(record, seen)
  if (waiting && !seen.isFinal && comesBack(pod, container, record, isInit)) {
    return {state: {waiting}, lastState: state, record}
  }
  return {state, lastState, record}
}

function statusOf(pod: Pod, container: Container, seen: SeenContainers, kind: Kind): FullContainerStatus {
  const {state, lastState, record} = statesOf(pod, container, seen, kind)
  const isRunning = record !== undefined && state.running !== undefined
  const hasSucceeded = state.terminated?.exitCode === 0
  const isRegularInit = kind.isInit && !isSidecar(container)
  const known: FullContainerStatus[] | undefined =
    pod.status?.[kind.isInit ? 'initContainerStatuses' : 'containerStatuses']
  const previous = known?.find(each => each.name === container.name)
  const same = record && previous?.containerID === idOf(record) ? previous : undefined
  const user = record?.user ? userStatus(record.user) : same?.user
  const requests = container.resources?.requests
  return {
    name: container.name,
    state,
    lastState,
    ready: isRegularInit ? hasSucceeded : isRunning && seen.ready(record.id),
    restartCount: record ? restartCountOf(record) : (previous?.restartCount ?? 0),
    image: container.image ?? '',
    imageID: record?.imageId ?? '',
    ...(record ? {containerID: idOf(record)} : {}),
    started: isRunning && (isRegularInit || seen.started(record.id)),
    ...(requests ? {allocatedResources: requests} : {}),
    resources: container.resources ?? {},
    volumeMounts: volumeMountsOf(container),
    ...(user ? {user} : {}),
  }
}

/** Pure. The statuses of a pod's init and main containers, as a kubelet reports them. */
export function containerStatuses(
  pod: Pod,
  seen: SeenContainers,
): {init: FullContainerStatus[]; main: FullContainerStatus[]} {
  const inits = initContainersOf(pod)
  const idle = {reason: inits.length > 0 ? 'PodInitializing' : 'ContainerCreating'}
  return {
    init: inits.map(each => statusOf(pod, each, seen, {isInit: true, idle})),
    main: mainContainersOf(pod).map(each => statusOf(pod, each, seen, {isInit: false, idle})),
  }
}
