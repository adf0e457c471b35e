import type {ReplicaSet, ReplicaSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {pods, replicaSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {claim, controllerKey, controllerOf, controllerReference, possibleOwners} from '../ownership.ts'
import {availableIn, isActive, isReady} from '../podstate.ts'
import type {EventRecorder} from '../recorder.ts'
import {leastWantedFirst} from './deletionorder.ts'

const selectorOf = (set: ReplicaSet) => matcherOf(set.spec?.selector)

/** Keeps as many pods of every ReplicaSet as it wants. */
export function startReplicaSets(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('replicaset-controller')
  return runController(context, {
    name: 'replicaset',
    sources: [
      subject(registry, replicaSets),
      source(registry, pods, pod => {
        const key = controllerKey(pod, replicaSets)
        if (key !== undefined) return [key]
        return controllerOf(pod) ? [] : possibleOwners(registry, replicaSets, pod, selectorOf)
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const set = registry.get(replicaSets, namespace, name)
      if (!set) return
      const owner = {ownerType: replicaSets, owner: set, type: pods, matches: selectorOf(set)}
      const active = claim(registry, owner).filter(isActive)
      const failure = isDeleting(set) ? undefined : resize(registry, recorder, set, active)
      const now = clock.now()
      writeStatus(registry, set, statusOf(set, active, {failure, now}))
      const waits = active
        .map(pod => availableIn(pod, set.spec?.minReadySeconds ?? 0, now))
        .filter(wait => wait !== undefined && wait > 0)
      if (waits.length > 0) queue.addAfter(key, Math.min(...waits.filter(wait => wait !== undefined)))
      if (failure) throw failure
    },
  })
}

/** Gives the first failure to create a pod; those that could be created are. */
function resize(
  registry: Registry,
  recorder: EventRecorder,
  set: ReplicaSet,
  active: readonly Pod[],
): Error | undefined {
  const missing = (set.spec?.replicas ?? 1) - active.length
  for (const pod of leastWantedFirst(active).slice(0, Math.max(0, -missing))) {
    registry.delete(pods, namespaceOf(pod), nameOf(pod))
    const message = `Deleted pod: ${nameOf(pod)}`
    recorder.event(replicaSets, set, {type: 'Normal', reason: 'SuccessfulDelete', message})
  }
  for (let index = 0; index < missing; index += 1) {
    try {
      const pod = registry.create(pods, newPod(set))
      const message = `Created pod: ${nameOf(pod)}`
      recorder.event(replicaSets, set, {type: 'Normal', reason: 'SuccessfulCreate', message})
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      const message = `Error creating: ${failure.message}`
      recorder.event(replicaSets, set, {type: 'Warning', reason: 'FailedCreate', message})
      return failure
    }
  }
  return undefined
}

function newPod(set: ReplicaSet): Pod {
  const {metadata, spec} = set.spec?.template ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${nameOf(set)}-`,
      namespace: namespaceOf(set),
      labels: {...metadata?.labels},
      ...(metadata?.annotations ? {annotations: {...metadata.annotations}} : {}),
      ...(metadata?.finalizers ? {finalizers: [...metadata.finalizers]} : {}),
      ownerReferences: [controllerReference(replicaSets, set)],
    },
    ...(spec ? {spec: structuredClone(spec)} : {}),
  }
}

/** Pure. Counts the pods there were before this sync; their changes bring the next one. */
function statusOf(
  set: ReplicaSet,
  active: readonly Pod[],
  {failure, now}: {failure: Error | undefined; now: Date},
): ReplicaSetStatus {
  const templateLabels = Object.entries(set.spec?.template?.metadata?.labels ?? {})
  const labelled = active.filter(pod => templateLabels.every(([key, value]) => labelsOf(pod)[key] === value))
  const ready = active.filter(isReady).length
  const minReady = set.spec?.minReadySeconds ?? 0
  const available = active.filter(pod => availableIn(pod, minReady, now) === 0).length
  const generation = set.metadata?.generation
  const before = set.status?.conditions?.find(({type}) => type === 'ReplicaFailure')
  const condition = failure && {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: failure.message,
    lastTransitionTime: before?.lastTransitionTime ?? timestamp(now),
  }
  return {
    replicas: active.length,
    ...(labelled.length > 0 ? {fullyLabeledReplicas: labelled.length} : {}),
    ...(ready > 0 ? {readyReplicas: ready} : {}),
    ...(available > 0 ? {availableReplicas: available} : {}),
    ...(generation === undefined ? {} : {observedGeneration: generation}),
    ...(condition ? {conditions: [condition]} : {}),
  }
}

function writeStatus(registry: Registry, set: ReplicaSet, status: ReplicaSetStatus): void {
  registry.modify(
    replicaSets,
    namespaceOf(set),
    nameOf(set),
    draft => {
      Object.assign(draft, {status})
    },
    'status',
  )
}
