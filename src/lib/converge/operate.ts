import {type PgkError, refusedError} from '../errors.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {DocumentRef} from '../ports.ts'
import type {Converged} from './converge.ts'
import type {EnginePorts, EngineRequest} from './engine.ts'
import {runEngine} from './engine.ts'
import {undoCreate} from './undo.ts'

/** The per-cluster Lease, as the one who operates uses it. */
export interface LeaseHold {
  /** Aborted when another pgk took over. */
  lost: AbortSignal
  release(): Promise<void>
}

export interface OperatePorts extends EnginePorts {
  /** Waits for another pgk that works on the cluster, up to `waitSeconds`. */
  lease(cluster: DocumentRef, waitSeconds: number, signal: AbortSignal): Promise<LeaseHold>
}

export interface OperateRequest extends EngineRequest {
  /** True when nothing was there before: what cannot succeed is then removed again. */
  fresh?: boolean
  /** Writes the document, once the cluster is ours alone. Runs before the first look. */
  begin(): Promise<void>
}

const takenOver = (cluster: DocumentRef, cause: unknown): PgkError =>
  refusedError('LEASE_LOST', 'another pgk took over', {
    object: `cluster ${cluster.namespace}/${cluster.name}`,
    hints: [`See what it does: pgk status ${cluster.name} -n ${cluster.namespace} --watch`],
    cause,
  })

/** Changes a cluster: alone, from the document to the state that it asks for. */
export async function operate(ports: OperatePorts, request: OperateRequest): Promise<Converged<Observed>> {
  const {cluster} = request
  const lease = await ports.lease(cluster, request.timeoutSeconds, request.signal)
  try {
    await request.begin()
    const signal = AbortSignal.any([request.signal, lease.lost])
    return await runEngine(ports, {...request, signal})
  } catch (error) {
    if (lease.lost.aborted) throw takenOver(cluster, error)
    throw request.fresh ? await undoCreate(ports, cluster, error, request.signal) : error
  } finally {
    await lease.release()
  }
}
