import type {StatefulSet, StatefulSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {pods, statefulSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {claim, controllerKey, controllerOf, possibleOwners} from '../ownership.ts'
import type {EventRecorder} from '../recorder.ts'
import {applyRetention, ensureClaims} from './claims.ts'
import type {Step} from './plan.ts'
import {inRange, plan} from './plan.ts'
import {identityMatches, newPod, ordinalOf, podName, setIdentity} from './pod.ts'
import type {Revisions} from './revisions.ts'
import {ensureRevisions, templateOf, truncateHistory} from './revisions.ts'

const selectorOf = (set: StatefulSet) => matcherOf(set.spec?.selector)

/** Keeps the pods and claims of every StatefulSet as its spec says. */
export function startStatefulSets(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('statefulset-controller')
  return runController(context, {
    name: 'statefulset',
    sources: [
      subject(registry, statefulSets),
      source(registry, pods, pod => {
        const key = controllerKey(pod, statefulSets)
        if (key !== undefined) return [key]
        return controllerOf(pod) ? [] : possibleOwners(registry, statefulSets, pod, selectorOf)
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const set = registry.get(statefulSets, namespace, name)
      if (!set) return
      const recheckIn = syncSet(registry, recorder, set, clock.now())
      if (recheckIn !== undefined) queue.addAfter(key, recheckIn)
    },
  })
}

function syncSet(
  registry: Registry,
  recorder: EventRecorder,
  set: StatefulSet,
  now: Date,
): number | undefined {
  const owned = claim(registry, {
    ownerType: statefulSets,
    owner: set,
    type: pods,
    matches: selectorOf(set),
    mayAdopt: pod => ordinalOf(set, pod) !== undefined,
  })
  const revisions = ensureRevisions(registry, set)
  const {steps, status, recheckIn} = plan({
    set,
    pods: owned,
    currentRevision: nameOf(revisions.current),
    updateRevision: nameOf(revisions.update),
    collisions: revisions.collisions,
    now,
  })
  for (const pod of owned) keepIdentity(registry, set, pod)
  try {
    for (const step of steps) perform(registry, recorder, set, {step, revisions})
  } catch (error) {
    // What did happen must show even when a later step failed; the next pass counts anew.
    writeStatus(registry, set, {...status, replicas: owned.length})
    throw error
  }
  writeStatus(registry, set, status)
  truncateHistory(registry, set, revisions, owned)
  return recheckIn
}

function writeStatus(registry: Registry, set: StatefulSet, status: StatefulSetStatus): void {
  const shown = {...status}
  // Kubernetes leaves these out when they are zero.
  for (const field of ['readyReplicas', 'currentReplicas', 'updatedReplicas'] as const) {
    if (!shown[field]) delete shown[field]
  }
  registry.modify(
    statefulSets,
    namespaceOf(set),
    nameOf(set),
    draft => {
      draft.status = shown
    },
    'status',
  )
}

/** Repairs labels that were edited, completes claims of waiting pods, and applies the retention policy. */
function keepIdentity(registry: Registry, set: StatefulSet, pod: Pod): void {
  const ordinal = ordinalOf(set, pod)
  if (ordinal === undefined || isDeleting(set)) return
  if (!isDeleting(pod) && !identityMatches(set, ordinal, pod)) {
    registry.modify(pods, namespaceOf(pod), nameOf(pod), draft => setIdentity(set, ordinal, draft))
  }
  applyRetention(registry, set, {ordinal, pod, condemned: !inRange(set, ordinal)})
}

function perform(
  registry: Registry,
  recorder: EventRecorder,
  set: StatefulSet,
  {step, revisions}: {step: Step; revisions: Revisions},
): void {
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    recorder.event(statefulSets, set, {type, reason, message})
  if (step.do === 'delete') {
    const name = nameOf(step.pod)
    if (step.failed) {
      tell(
        'Warning',
        'RecreatingFailedPod',
        `StatefulSet ${namespaceOf(set)}/${nameOf(set)} is recreating failed Pod ${name}`,
      )
    }
    registry.delete(pods, namespaceOf(set), name)
    tell('Normal', 'SuccessfulDelete', `delete Pod ${name} in StatefulSet ${nameOf(set)} successful`)
    return
  }
  const {ordinal, revision} = step
  const name = podName(set, ordinal)
  try {
    ensureClaims(registry, set, ordinal, created => {
      tell(
        'Normal',
        'SuccessfulCreate',
        `create Claim ${nameOf(created)} Pod ${name} in StatefulSet ${nameOf(set)} success`,
      )
    })
    const template = revision === nameOf(revisions.current) ? revisions.current : revisions.update
    const pod = registry.create(pods, newPod(set, ordinal, revision, templateOf(template, set)))
    applyRetention(registry, set, {ordinal, pod, condemned: false})
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    tell('Warning', 'FailedCreate', `create Pod ${name} in StatefulSet ${nameOf(set)} failed error: ${why}`)
    throw error
  }
  tell('Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${nameOf(set)} successful`)
}
