import type {Deployment, DeploymentStatus, ReplicaSet} from 'kubernetes-types/apps/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {deployments, pods, replicaSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {controllerKey, controllerOf, isControlledBy, possibleOwners} from '../ownership.ts'
import {isTerminal} from '../podstate.ts'
import type {EventRecorder} from '../recorder.ts'
import {ensureCurrent, forgetOld, setsOf} from './revisions.ts'
import type {Resize} from './rollout.ts'
import {margins, nextResizes, pausedResizes} from './rollout.ts'
import {deploymentStatus} from './status.ts'

const selectorOf = (deployment: Deployment) => matcherOf(deployment.spec?.selector)

/** Rolls every Deployment's template out over its ReplicaSets. */
export function startDeployments(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('deployment-controller')
  return runController(context, {
    name: 'deployment',
    sources: [
      subject(registry, deployments),
      source(registry, replicaSets, set => {
        const key = controllerKey(set, deployments)
        if (key !== undefined) return [key]
        return controllerOf(set) ? [] : possibleOwners(registry, deployments, set, selectorOf)
      }),
      // With Recreate the new pods wait until the last old one is gone.
      source(registry, pods, (pod, change) =>
        change?.type === 'DELETED' ? possibleOwners(registry, deployments, pod, selectorOf) : [],
      ),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const deployment = registry.get(deployments, namespace, name)
      if (!deployment) return
      const recheckIn = sync(registry, recorder, deployment, clock.now())
      if (recheckIn !== undefined) queue.addAfter(key, recheckIn)
    },
  })
}

function sync(
  registry: Registry,
  recorder: EventRecorder,
  deployment: Deployment,
  now: Date,
): number | undefined {
  const sets = setsOf(registry, deployment)
  if (isDeleting(deployment)) return undefined
  let current = sets.current
  let created = false
  if (deployment.spec?.paused) {
    const all = current ? [current, ...sets.old] : sets.old
    for (const each of pausedResizes(deployment, all)) resize(registry, recorder, deployment, each)
  } else {
    const max = (deployment.spec?.replicas ?? 1) + margins(deployment).surge
    const ensured = ensureCurrent(registry, deployment, sets, max)
    current = ensured.set
    created = ensured.created
    const oldPodsRun = sets.old.some(set => hasRunningPods(registry, set))
    for (const each of nextResizes({deployment, current, old: sets.old, oldPodsRun})) {
      const resized = resize(registry, recorder, deployment, each)
      if (each.set === current) current = resized ?? current
    }
    forgetOld(registry, deployment, sets.old)
  }
  const old = sets.old.map(set => registry.get(replicaSets, namespaceOf(set), nameOf(set)) ?? set)
  const {status, recheckIn} = deploymentStatus({deployment, current, old, created, now})
  writeStatus(registry, deployment, status)
  return recheckIn
}

function hasRunningPods(registry: Registry, set: ReplicaSet): boolean {
  const matches = matcherOf(set.spec?.selector)
  return registry
    .list(pods, {namespace: namespaceOf(set)})
    .some(pod => isControlledBy(pod, set) && matches(labelsOf(pod)) && !isTerminal(pod))
}

function resize(
  registry: Registry,
  recorder: EventRecorder,
  deployment: Deployment,
  {set, replicas}: Resize,
): ReplicaSet | undefined {
  const before = set.spec?.replicas ?? 0
  const resized = registry.modify(replicaSets, namespaceOf(set), nameOf(set), draft => {
    if (draft.spec) draft.spec.replicas = replicas
  })
  const direction = replicas > before ? 'up' : 'down'
  const message = `Scaled ${direction} replica set ${nameOf(set)} from ${before} to ${replicas}`
  recorder.event(deployments, deployment, {type: 'Normal', reason: 'ScalingReplicaSet', message})
  return resized
}

function writeStatus(registry: Registry, deployment: Deployment, status: DeploymentStatus): void {
  registry.modify(
    deployments,
    namespaceOf(deployment),
    nameOf(deployment),
    draft => {
      draft.status = status
    },
    'status',
  )
}
