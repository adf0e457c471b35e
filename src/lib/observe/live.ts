import {PgkError} from '../errors.ts'
import type {KindRef, Kube, KubeObject, PgkReason} from '../ports.ts'

/** What shows how a cluster is: who runs, who leads. */
export const stateKinds: readonly KindRef[] = [
  {apiVersion: 'v1', kind: 'Pod'},
  {apiVersion: 'apps/v1', kind: 'StatefulSet'},
  {apiVersion: 'v1', kind: 'Endpoints'},
]
/** The kinds a cluster is made of, and whether they change under our eyes (watched) or are only listed. */
const watchedKinds: readonly KindRef[] = [
  ...stateKinds,
  {apiVersion: 'batch/v1', kind: 'Job'},
  {apiVersion: 'v1', kind: 'Service'},
  {apiVersion: 'v1', kind: 'PersistentVolumeClaim'},
]
const listedKinds: readonly KindRef[] = [
  {apiVersion: 'v1', kind: 'Secret'},
  {apiVersion: 'v1', kind: 'ConfigMap'},
  {apiVersion: 'batch/v1', kind: 'CronJob'},
  {apiVersion: 'v1', kind: 'ServiceAccount'},
  {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role'},
  {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding'},
  {apiVersion: 'policy/v1', kind: 'PodDisruptionBudget'},
  {apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice'},
]

/** What the API says of one cluster's objects: per kind its objects, or why they are unknown. */
export interface ObjectView {
  objects: ReadonlyMap<string, readonly KubeObject[]>
  unknown: readonly PgkReason[]
}

export interface LiveView {
  /**
   * The present state. What is not watched is listed the first time and when `refresh` asks for it (after
   * a write of such kinds); the first call waits for the first list of what is watched.
   */
  view(refresh: boolean): Promise<ObjectView>
  /** Takes what a write gave back, so that no view is older than what this process itself has written. */
  wrote(object: KubeObject): void
  /** Resolves at the next change of a watched object, after `milliseconds`, or on abort; whichever is first. */
  next(milliseconds: number, signal?: AbortSignal): Promise<void>
  stop(): void
}

export interface LiveRequest {
  namespace: string
  labelSelector: string
}

interface Held {
  objects: Map<string, readonly KubeObject[]>
  unknown: Map<string, Omit<PgkReason, 'source'>>
  wake: Set<() => void>
}

const reasonOf = (error: unknown): Omit<PgkReason, 'source'> => {
  if (error instanceof PgkError) return {reason: error.message, code: error.code}
  return {reason: error instanceof Error ? error.message : String(error)}
}

function watchKind(
  kube: Kube,
  kind: KindRef,
  request: LiveRequest,
  held: Held,
): {first: Promise<void>; stop(): void} {
  const {promise, resolve} = Promise.withResolvers<void>()
  const changed = (): void => {
    resolve()
    for (const wake of [...held.wake]) wake()
  }
  const watch = kube.watch(kind, request, {
    changed: objects => {
      held.objects.set(kind.kind, objects)
      held.unknown.delete(kind.kind)
      changed()
    },
    lost: reason => {
      const {source: _source, ...why} = reason
      held.unknown.set(kind.kind, why)
      changed()
    },
  })
  return {first: promise, stop: () => watch.stop()}
}

async function listKind(kube: Kube, kind: KindRef, request: LiveRequest, held: Held): Promise<void> {
  try {
    held.objects.set(kind.kind, await kube.list(kind, request))
    held.unknown.delete(kind.kind)
  } catch (error) {
    held.unknown.set(kind.kind, reasonOf(error))
  }
}

function waitForWake(held: Held, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  held.wake.add(resolve)
  const stop = (): void => resolve()
  signal?.addEventListener('abort', stop, {once: true})
  return promise.finally(() => {
    signal?.removeEventListener('abort', stop)
    clearTimeout(timer)
    held.wake.delete(resolve)
  })
}

const generationOf = ({metadata}: KubeObject): number => metadata.generation ?? 0

/** What was written in place of an older state of the same object that a watch still shows. */
function newest(seen: KubeObject, written: ReadonlyMap<string, KubeObject>): KubeObject {
  const own = written.get(`${seen.kind}/${seen.metadata.name}`)
  const later = own?.metadata.uid === seen.metadata.uid && own && generationOf(own) > generationOf(seen)
  return later ? own : seen
}

/**
 * A live view of one cluster's objects, kept by watches. A kind that cannot be read is reported as unknown
 * with the reason, and what was last seen of it stays visible.
 */
export function watchCluster(kube: Kube, request: LiveRequest): LiveView {
  const held: Held = {objects: new Map(), unknown: new Map(), wake: new Set()}
  const watches = watchedKinds.map(kind => watchKind(kube, kind, request, held))
  const written = new Map<string, KubeObject>()
  let version = 0
  let seen = 0
  held.wake.add(() => {
    version += 1
  })
  return {
    view: async refresh => {
      const stale = listedKinds.filter(
        ({kind}) => refresh || !held.objects.has(kind) || held.unknown.has(kind),
      )
      await Promise.all([
        ...watches.map(watch => watch.first),
        ...stale.map(kind => listKind(kube, kind, request, held)),
      ])
      seen = version
      const objects = [...held.objects].map(
        ([kind, all]) => [kind, all.map(object => newest(object, written))] as const,
      )
      return {objects: new Map(objects), unknown: reasons(held)}
    },
    wrote: object => void written.set(`${object.kind}/${object.metadata.name}`, object),
    next: async (milliseconds, signal) => {
      // A change that came while the last decision was being acted on must not be slept through.
      if (version === seen) await waitForWake(held, milliseconds, signal)
    },
    stop: () => {
      for (const watch of watches) watch.stop()
    },
  }
}

/** One look without watches, for commands that only report; at all kinds where none are named. */
export async function lookAtCluster(
  kube: Kube,
  request: LiveRequest,
  kinds: readonly KindRef[] = [...watchedKinds, ...listedKinds],
): Promise<ObjectView> {
  const held: Held = {objects: new Map(), unknown: new Map(), wake: new Set()}
  await Promise.all(kinds.map(kind => listKind(kube, kind, request, held)))
  return {objects: held.objects, unknown: reasons(held)}
}

const reasons = (held: Held): PgkReason[] =>
  [...held.unknown].map(([kind, why]) => ({source: `kubernetes/${kind}`, ...why}))
