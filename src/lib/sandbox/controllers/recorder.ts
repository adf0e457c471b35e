import type {Event, ObjectReference} from 'kubernetes-types/core/v1.d.ts'
import type {KubeObject, Registry, ResourceType} from '../registry.ts'
import {StatusError} from '../registry.ts'
import {events} from '../resources.ts'
import type {Clock} from './clock.ts'
import {timestamp} from './clock.ts'
import {apiVersionOf, nameOf, namespaceOf} from './identity.ts'

export interface Occurrence {
  type: 'Normal' | 'Warning'
  /** One word in CamelCase. */
  reason: string
  message: string
  /** The part of the object it is about: `spec.containers{database}`. */
  fieldPath?: string
}

/** Writes Events about objects. Best effort: an event that cannot be stored is dropped. */
export interface EventRecorder {
  event(type: ResourceType, object: KubeObject, occurrence: Occurrence): void
}

export interface RecorderOptions {
  registry: Registry
  clock: Clock
  /** Who reports: `statefulset-controller`, `default-scheduler`, `kubelet`. */
  component: string
  /** The node the component runs on, where it belongs to one. */
  host?: string
}

const remembered = 4096

/** A repeated occurrence counts up the first event instead of adding another. */
export function createRecorder({registry, clock, component, host}: RecorderOptions): EventRecorder {
  const seen = new Map<string, string>()
  let sequence = 0n

  const repeat = (namespace: string, name: string): boolean =>
    registry.modify(events, namespace, name, draft => {
      draft.count = (draft.count ?? 1) + 1
      draft.lastTimestamp = timestamp(clock.now())
    }) !== undefined

  const remember = (identity: string, name: string): void => {
    seen.delete(identity)
    seen.set(identity, name)
    if (seen.size <= remembered) return
    for (const oldest of seen.keys()) {
      seen.delete(oldest)
      return
    }
  }

  const record = (type: ResourceType, object: KubeObject, occurrence: Occurrence): void => {
    const involvedObject = reference(type, object, occurrence.fieldPath)
    const namespace = namespaceOf(object) || 'default'
    const identity = JSON.stringify([involvedObject.uid, involvedObject.name, type.kind, occurrence])
    const known = seen.get(identity)
    if (known !== undefined && repeat(namespace, known)) return
    sequence += 1n
    const nanoseconds = BigInt(clock.now().getTime()) * 1_000_000n + sequence
    const name = `${nameOf(object)}.${nanoseconds.toString(16)}`
    const now = timestamp(clock.now())
    registry.create<Event>(events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {name, namespace},
      involvedObject,
      reason: occurrence.reason,
      message: occurrence.message,
      type: occurrence.type,
      source: host === undefined ? {component} : {component, host},
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: component,
      reportingInstance: host ?? '',
    })
    remember(identity, name)
  }

  return {
    event: (type, object, occurrence) => {
      try {
        record(type, object, occurrence)
      } catch (error) {
        // A namespace on its way out takes no new events; losing one must not fail the work it tells of.
        if (!(error instanceof StatusError)) throw error
      }
    },
  }
}

function reference(type: ResourceType, object: KubeObject, fieldPath: string | undefined): ObjectReference {
  const {uid, resourceVersion, namespace} = object.metadata ?? {}
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    name: nameOf(object),
    ...(namespace === undefined ? {} : {namespace}),
    ...(uid === undefined ? {} : {uid}),
    ...(resourceVersion === undefined ? {} : {resourceVersion}),
    ...(fieldPath === undefined ? {} : {fieldPath}),
  }
}
