import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import {initContainersOf, isSidecar, mainContainersOf, restartPolicyOf} from './containers.ts'
import {imageAnnotation} from './labels.ts'
import type {ContainerRecord, SandboxRecord} from './runtime.ts'

/** A pod as it should be and as it is. */
export interface Situation {
  readonly pod: Pod
  /** Newest first. */
  readonly sandboxes: readonly SandboxRecord[]
  /** Newest first. */
  readonly containers: readonly ContainerRecord[]
  /** Why a running container has to be restarted, where a probe says so. */
  unhealthy(containerId: string): string | undefined
  /** Whether a running container's startup probe has succeeded, or it has none. */
  started(containerId: string): boolean
}

export interface Stop {
  readonly record: ContainerRecord
  readonly reason: string
  readonly message: string
}

export interface Plan {
  /** The pod's work is over, well or badly: what still runs is stopped, nothing is started any more. */
  readonly isDone: boolean
  /** Everything stops because the sandbox has to be made anew. */
  readonly stopPod: boolean
  /** The attempt number of a sandbox to make. */
  readonly newSandbox: number | undefined
  /** To be stopped because they are unhealthy or changed. */
  readonly stop: readonly Stop[]
  /** To be started in this order; those that failed before wait for their back-off. */
  readonly start: readonly Container[]
}

const nothing: Plan = {isDone: false, stopPod: false, newSandbox: undefined, stop: [], start: []}
const done: Plan = {...nothing, isDone: true}

export const latestOf = (containers: readonly ContainerRecord[], name: string): ContainerRecord | undefined =>
  containers.find(each => each.name === name)

const isAlive = (record: ContainerRecord | undefined): boolean => record?.state === 'running'

/** Whether a main container that is not running has to run (again). */
function isWanted(pod: Pod, record: ContainerRecord | undefined): boolean {
  if (record?.state !== 'exited') return true
  const policy = restartPolicyOf(pod)
  if (policy === 'Always') return true
  return policy === 'OnFailure' && record.exitCode !== 0
}

function stopOf(situation: Situation, container: Container, record: ContainerRecord): Stop | undefined {
  const image = record.annotations[imageAnnotation]
  if (image !== undefined && image !== container.image) {
    const message = `Container ${container.name} definition changed, will be restarted`
    return {record, reason: 'Killing', message}
  }
  const message = situation.unhealthy(record.id)
  return message === undefined ? undefined : {record, reason: 'Killing', message}
}

interface Initialization {
  /** All init containers have done their part. */
  readonly isComplete: boolean
  /** One failed and must not be tried again. */
  readonly isFailed: boolean
  readonly start: readonly Container[]
  readonly stop: readonly Stop[]
}

function initialization(situation: Situation, own: readonly ContainerRecord[]): Initialization {
  const {pod} = situation
  const isPast = mainContainersOf(pod).some(each => latestOf(own, each.name)?.startedAt !== undefined)
  const start: Container[] = []
  const stop: Stop[] = []
  for (const container of initContainersOf(pod)) {
    const record = latestOf(own, container.name)
    if (isSidecar(container)) {
      const ending = record && isAlive(record) ? stopOf(situation, container, record) : undefined
      if (ending) stop.push(ending)
      const isUp = isAlive(record) && ending === undefined
      if (!isUp) start.push(container)
      const isStarted = isUp && record !== undefined && situation.started(record.id)
      if (!isStarted && !isPast) return {isComplete: false, isFailed: false, start, stop}
      continue
    }
    if (isPast || (record?.state === 'exited' && record.exitCode === 0)) continue
    if (isAlive(record)) return {isComplete: false, isFailed: false, start, stop}
    const isFailed = record?.state === 'exited' && restartPolicyOf(pod) === 'Never'
    return {isComplete: false, isFailed, start: isFailed ? start : [...start, container], stop}
  }
  return {isComplete: true, isFailed: false, start, stop}
}

function withoutSandbox(situation: Situation, previous: SandboxRecord | undefined): Plan {
  const {pod, containers} = situation
  const stopPod = situation.sandboxes.some(each => each.ready) || containers.some(isAlive)
  const isAgain = previous !== undefined && containers.length > 0
  if (isAgain && restartPolicyOf(pod) === 'Never') return done
  const wanted = mainContainersOf(pod).filter(each => isWanted(pod, latestOf(containers, each.name)))
  if (wanted.length === 0) return done
  const [init] = initContainersOf(pod)
  const newSandbox = previous ? previous.attempt + 1 : 0
  return {...nothing, stopPod, newSandbox, start: init ? [init] : wanted}
}

/** Pure. What to do next to bring a pod that is not on its way out to where it should be. */
export function planPod(situation: Situation): Plan {
  const {pod, sandboxes, containers} = situation
  const [sandbox] = sandboxes
  const needsAddress = pod.spec?.hostNetwork !== true
  const isUsable = sandbox?.ready === true && (!needsAddress || sandbox.ip !== undefined)
  if (!isUsable || sandboxes.filter(each => each.ready).length > 1) return withoutSandbox(situation, sandbox)
  const own = containers.filter(each => each.sandboxId === sandbox.id)
  const init = initialization(situation, own)
  if (init.isFailed) return done
  if (!init.isComplete) return {...nothing, start: init.start, stop: init.stop}

  const stop: Stop[] = [...init.stop]
  const start: Container[] = []
  let kept = 0
  for (const container of mainContainersOf(pod)) {
    const record = latestOf(containers, container.name)
    if (!record || !isAlive(record)) {
      if (isWanted(pod, record)) start.push(container)
      continue
    }
    const ending = stopOf(situation, container, record)
    if (!ending) kept += 1
    else {
      stop.push(ending)
      if (restartPolicyOf(pod) !== 'Never') start.push(container)
    }
  }
  const isDone = kept === 0 && start.length === 0 && stop.length === init.stop.length
  if (isDone) return done
  return {...nothing, stop, start: [...init.start, ...start]}
}
