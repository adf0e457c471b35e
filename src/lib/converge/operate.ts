import {type PgkError, refusedError} from '../errors.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {DocumentRef} from '../ports.ts'
import type {Converged} from './converge.ts'
import type {EnginePorts, EngineRequest} from './engine.ts'
import {runEngine} from './engine.ts'
import {refuseForeign} from './operation.ts'
import {undoCreate} from './undo.ts'

/** The per-cluster Lease, as the one who operates uses it. */
export interface LeaseHold {
  /** Aborted when another pgk took over; its reason is a sentence. */
  lost: AbortSignal
  /** False while another pgk may have taken over. */
  sure(): boolean
  release(): Promise<void>
}

export interface OperatePorts extends EnginePorts {
  /** Waits for another pgk that works on the cluster, up to `waitSeconds`. */
  lease(cluster: DocumentRef, waitSeconds: number, signal: AbortSignal): Promise<LeaseHold>
}

export interface OperateRequest extends EngineRequest {
  /** True when nothing was there before: what cannot succeed is then removed again. */
  fresh?: boolean
  /** The words of the restore that this is, or goes on with. */
  restore?: string | undefined
  /** Writes the document, once the cluster is ours alone. Runs before the first look. */
  begin(signal: AbortSignal): Promise<void>
}

/** Thrown where another pgk works on the cluster now. */
export const takenOver = (cluster: DocumentRef, lost: AbortSignal, cause: unknown): PgkError =>
  refusedError('LEASE_LOST', 'this pgk no longer works on the cluster alone, and stopped', {
    object: `cluster ${cluster.namespace}/${cluster.name}`,
    reason: String(lost.reason),
    hints: [`See what it does: pgk status ${cluster.name} -n ${cluster.namespace} --watch`],
    cause,
  })

/** Changes a cluster: alone, from the document to the state that it asks for. */
export async function operate(ports: OperatePorts, request: OperateRequest): Promise<Converged<Observed>> {
  const {cluster} = request
  const lease = await ports.lease(cluster, request.timeoutSeconds, request.signal)
  let begun = false
  try {
    await ports.store.refuseOperator(cluster)
    await refuseForeign(ports.store, cluster, request.restore)
    const signal = AbortSignal.any([request.signal, lease.lost])
    await request.begin(signal)
    begun = true
    return await runEngine(ports, {...request, signal, mayAct: () => lease.sure()})
  } catch (error) {
    if (lease.lost.aborted) throw takenOver(cluster, lease.lost, error)
    // What did not begin here is another's: only what this very create made is removed.
    throw request.fresh && begun ? await undoCreate(ports, cluster, error, request.signal) : error
  } finally {
    await lease.release()
  }
}
