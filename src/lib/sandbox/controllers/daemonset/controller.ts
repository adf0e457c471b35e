import type {DaemonSet, DaemonSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import type {Node, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {daemonSets, nodes, pods} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, keyOf, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {claim, controllerKey, controllerOf, possibleOwners} from '../ownership.ts'
import {isAvailable, isFailed, isReady, isTerminal} from '../podstate.ts'
import type {EventRecorder} from '../recorder.ts'
import {scaled} from '../scaled.ts'
import {newPod, nodeOf, revisionLabel, revisionOf, suits} from './pod.ts'

const selectorOf = (set: DaemonSet) => matcherOf(set.spec?.selector)

/** Keeps one pod of every DaemonSet on each node that suits it. */
export function startDaemonSets(context: ControllerContext): Stop {
  const {registry, clock} = context
  const recorder = context.recorder('daemonset-controller')
  return runController(context, {
    name: 'daemonset',
    sources: [
      subject(registry, daemonSets),
      source(registry, nodes, (_, change) => (change ? registry.list(daemonSets).map(keyOf) : [])),
      source(registry, pods, pod => {
        const key = controllerKey(pod, daemonSets)
        if (key !== undefined) return [key]
        return controllerOf(pod) ? [] : possibleOwners(registry, daemonSets, pod, selectorOf)
      }),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const set = registry.get(daemonSets, namespace, name)
      if (!set) return
      const owner = {ownerType: daemonSets, owner: set, type: pods, matches: selectorOf(set)}
      const owned = claim(registry, owner)
      const places = placesOf(set, registry.list(nodes), owned)
      const now = clock.now()
      if (!isDeleting(set)) act(registry, recorder, set, {places, now})
      const status = statusOf(set, places, now)
      registry.modify(
        daemonSets,
        namespace,
        name,
        draft => {
          Object.assign(draft, {status})
        },
        'status',
      )
      const settling = status.numberReady > (status.numberAvailable ?? 0)
      if (settling) queue.addAfter(key, (set.spec?.minReadySeconds ?? 0) * 1000)
    },
  })
}

interface Place {
  node: string
  run: boolean
  stay: boolean
  pods: Pod[]
}

/** Every node, and every name of a node that only pods still know. */
function placesOf(set: DaemonSet, all: readonly Node[], owned: readonly Pod[]): Place[] {
  const places = new Map<string, Place>()
  for (const node of all) {
    if (isDeleting(node)) continue
    places.set(nameOf(node), {node: nameOf(node), ...suits(set, node), pods: []})
  }
  for (const pod of owned) {
    const node = nodeOf(pod) ?? ''
    const place = places.get(node) ?? {node, run: false, stay: false, pods: []}
    places.set(node, place)
    place.pods.push(pod)
  }
  return [...places.values()]
}

function act(
  registry: Registry,
  recorder: EventRecorder,
  set: DaemonSet,
  {places, now}: {places: readonly Place[]; now: Date},
): void {
  const tell = (reason: string, message: string): void =>
    recorder.event(daemonSets, set, {type: 'Normal', reason, message})
  const remove = (pod: Pod): void => {
    registry.delete(pods, namespaceOf(pod), nameOf(pod))
    tell('SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`)
  }
  for (const {node, run, stay, pods: present} of places) {
    const alive = present.filter(pod => !isDeleting(pod))
    const [kept, ...surplus] = alive.filter(pod => !isTerminal(pod))
    for (const pod of [...alive.filter(isFailed), ...surplus]) remove(pod)
    if (kept && !stay) remove(kept)
    if (run && present.length === 0) {
      const pod = registry.create(pods, newPod(set, node))
      tell('SuccessfulCreate', `Created pod: ${nameOf(pod)}`)
    }
  }
  for (const pod of outdated(set, places, now)) remove(pod)
}

/** Old pods that a rolling update may replace now: those that serve nobody, and as many as may be missing. */
function outdated(set: DaemonSet, places: readonly Place[], now: Date): Pod[] {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return []
  const wanted = places.filter(({run}) => run)
  const serving = (pod: Pod): boolean =>
    !isDeleting(pod) && isAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
  const limit = Math.max(
    1,
    scaled(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up'),
  )
  const missing = wanted.filter(({pods: present}) => !present.some(serving)).length
  const old = wanted.flatMap(({pods: present}) =>
    present.filter(pod => !isDeleting(pod) && !isCurrent(set, pod)),
  )
  const idle = old.filter(pod => !serving(pod))
  return [...idle, ...old.filter(serving).slice(0, Math.max(0, limit - missing))]
}

const isCurrent = (set: DaemonSet, pod: Pod): boolean => labelsOf(pod)[revisionLabel] === revisionOf(set)

function statusOf(set: DaemonSet, places: readonly Place[], now: Date): DaemonSetStatus {
  const wanted = places.filter(({run}) => run)
  const scheduled = wanted.filter(({pods: present}) => present.length > 0)
  const having = (test: (pod: Pod) => boolean): number =>
    scheduled.filter(({pods: present}) => present.some(test)).length
  const updated = having(pod => isCurrent(set, pod))
  const available = having(pod => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now))
  const unavailable = wanted.length - available
  const generation = set.metadata?.generation
  return {
    currentNumberScheduled: scheduled.length,
    numberMisscheduled: places.filter(({run, pods: present}) => !run && present.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: having(isReady),
    ...(generation === undefined ? {} : {observedGeneration: generation}),
    ...(updated > 0 ? {updatedNumberScheduled: updated} : {}),
    ...(available > 0 ? {numberAvailable: available} : {}),
    ...(unavailable > 0 ? {numberUnavailable: unavailable} : {}),
  }
}
