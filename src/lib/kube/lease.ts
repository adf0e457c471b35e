import {PgkError, refusedError} from '../errors.ts'
import {clusterNames} from '../model/names.ts'
import type {Clock, DocumentRef, Kube, KubeObject, ObjectRef} from '../ports.ts'
import {isRecord} from '../record.ts'
import {gone, type Holder} from './lease-holder.ts'

const durationSeconds = 15
const renewMilliseconds = 5_000
const askAgainMilliseconds = 500

export interface LeaseRequest {
  cluster: DocumentRef
  holder: Holder
  /** How long to wait for another pgk before giving up (exit 6). */
  waitSeconds: number
  /** Told once, with the name of the pgk that is waited for. */
  waiting: (holder: string) => void
  signal?: AbortSignal
}

export interface HeldLease {
  /** Aborted, with a sentence as its reason, when another pgk took the lease over: stop writing. */
  lost: AbortSignal
  /** False while it could not be renewed for so long that another pgk may have taken it. */
  sure(): boolean
  release(): Promise<void>
}

interface Held {
  holder: string
  process: string
  renewedAt: number
  resourceVersion: string
}

/** Which version of a lease was seen, and since when by our own clock. */
interface Sighting {
  version: string
  since: number
}

const processAnnotation = 'pgk/process'
const apiVersion = 'coordination.k8s.io/v1'

const refTo = ({namespace, name}: DocumentRef): ObjectRef => ({
  apiVersion,
  kind: 'Lease',
  namespace,
  name: clusterNames(name).lease,
})

function read(lease: KubeObject): Held {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {}
  const {holderIdentity, renewTime} = spec
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    process: lease.metadata.annotations?.[processAnnotation] ?? '',
    renewedAt: typeof renewTime === 'string' ? Date.parse(renewTime) : 0,
    resourceVersion: lease.metadata.resourceVersion ?? '',
  }
}

/** RFC 3339 with microseconds, as the API wants it here. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z')

const body = (holder: Holder, now: Date): Record<string, unknown> => ({
  metadata: {annotations: {[processAnnotation]: holder.process}},
  spec: {
    holderIdentity: holder.identity,
    leaseDurationSeconds: durationSeconds,
    acquireTime: microTime(now),
    renewTime: microTime(now),
  },
})

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof PgkError && codes.includes(error.code)

/** Tries once. Gives the version of the lease that is ours, or who holds it. `seen` is what was seen before. */
async function attempt(
  kube: Kube,
  clock: Clock,
  request: LeaseRequest,
  seen: Sighting | undefined,
): Promise<{mine: string} | {other: Held; seen: Sighting} | 'again'> {
  const ref = refTo(request.cluster)
  const found = await kube.get(ref)
  const ours = body(request.holder, clock.now())
  try {
    if (!found) {
      const {name, namespace} = ref
      const metadata = {name, ...(namespace === undefined ? {} : {namespace}), annotations: {}}
      const {metadata: more, ...rest} = ours
      const created = await kube.create({
        apiVersion,
        kind: 'Lease',
        ...rest,
        metadata: {...metadata, ...(isRecord(more) ? more : {})},
      })
      return {mine: created.metadata.resourceVersion ?? ''}
    }
    const held = read(found)
    const now = clock.now().getTime()
    const sighting =
      seen?.version === held.resourceVersion ? seen : {version: held.resourceVersion, since: now}
    const expired = now - sighting.since > durationSeconds * 1000
    const free = held.holder === '' || held.process === request.holder.process || expired
    if (!free && !gone(held.process, request.holder)) return {other: held, seen: sighting}
    const metadata = {
      annotations: {[processAnnotation]: request.holder.process},
      resourceVersion: held.resourceVersion,
    }
    const taken = await kube.patch(ref, {...ours, metadata})
    return {mine: taken.metadata.resourceVersion ?? ''}
  } catch (error) {
    // Somebody else was faster; look again who.
    if (isCode(error, 'PGK_ALREADY_EXISTS', 'PGK_CONFLICT', 'PGK_NOT_FOUND')) return 'again'
    throw error
  }
}

interface Keeping {
  stop: AbortSignal
  renewed: (at: number) => void
  lose: (reason: string) => void
}

/** Keeps the lease by renewing it until `stop`; calls `lose` once it is certainly no longer ours. */
async function keep(
  kube: Kube,
  clock: Clock,
  request: LeaseRequest,
  {stop, renewed, lose}: Keeping,
): Promise<void> {
  const ref = refTo(request.cluster)
  let pause = renewMilliseconds
  while (!stop.aborted) {
    try {
      await clock.sleep(pause, stop)
      const lease = await kube.get(ref)
      const held = lease && read(lease)
      if (held === undefined) return lose('somebody deleted its lease')
      if (held.process !== request.holder.process)
        return lose(`${held.holder || 'nobody'} holds its lease now`)
      const now = clock.now()
      const metadata = {resourceVersion: held.resourceVersion}
      await kube.patch(ref, {metadata, spec: {renewTime: microTime(now)}})
      renewed(now.getTime())
      pause = renewMilliseconds
    } catch {
      // An API that is away lets nobody else in either: who holds the lease shows when it is back.
      pause = askAgainMilliseconds
    }
  }
}

/**
 * Takes the cluster's lease, so that two pgk do not work on one cluster at once. Another holder is waited
 * for; one that was not seen to renew for 15 s, or whose process is known to be gone, is succeeded. As in
 * Kubernetes' own leader election only this clock counts: what another machine dated may be off.
 */
export async function acquireLease(kube: Kube, clock: Clock, request: LeaseRequest): Promise<HeldLease> {
  const began = clock.now().getTime()
  const deadline = began + request.waitSeconds * 1000
  /** A holder that seems to be gone already is worth the time it takes to be certain. */
  const certainty = began + durationSeconds * 1000 + 2 * askAgainMilliseconds
  let seen: Sighting | undefined
  let told = false
  for (;;) {
    request.signal?.throwIfAborted()
    const outcome = await attempt(kube, clock, request, seen)
    if (outcome !== 'again' && 'mine' in outcome) break
    if (outcome !== 'again') {
      seen = outcome.seen
      const {holder, renewedAt} = outcome.other
      const stale = seen.since - renewedAt > durationSeconds * 1000
      if (clock.now().getTime() >= (stale ? Math.max(deadline, certainty) : deadline)) {
        throw refusedError('LEASE_HELD', `another pgk is working on the cluster: ${holder}`, {
          object: `cluster ${request.cluster.namespace}/${request.cluster.name}`,
          hints: ['Wait until it is done, or allow more time with --timeout.'],
        })
      }
      if (!told) request.waiting(holder)
      told = true
    }
    await clock.sleep(askAgainMilliseconds, request.signal)
  }
  const stop = new AbortController()
  const lost = new AbortController()
  let renewedAt = clock.now().getTime()
  const keeping = keep(kube, clock, request, {
    stop: stop.signal,
    renewed: at => {
      renewedAt = at
    },
    lose: reason => lost.abort(reason),
  })
  const giveBack = async (): Promise<void> => {
    const lease = await kube.get(refTo(request.cluster))
    if (!lease || read(lease).process !== request.holder.process) return
    const {resourceVersion} = lease.metadata
    await kube.delete(refTo(request.cluster), resourceVersion === undefined ? {} : {resourceVersion})
  }
  return {
    lost: lost.signal,
    sure: () => clock.now().getTime() - renewedAt < durationSeconds * 1000,
    async release() {
      stop.abort()
      await keeping
      if (lost.signal.aborted) return
      // A lease that cannot be given back ends by itself; why the work ended is what the reader needs.
      await giveBack().catch(() => undefined)
    },
  }
}
