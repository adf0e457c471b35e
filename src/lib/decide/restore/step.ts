import type {PgkError} from '../../errors.ts'
import {leaderOf, type Observed} from '../../observe/snapshot.ts'
import type {KubeObject, ObjectRef} from '../../ports.ts'
import type {Action, Decision} from '../decision.ts'
import type {ClusterSource, Phase, RestoreOperation, RestoreRequest} from './request.ts'

export interface RestoreInput {
  seen: Observed
  operation: RestoreOperation
  postgresVersion: number
  /** Objects with the instances that the phase lets run. */
  waves: Decision['waves']
  /** Certificates that are missing. */
  pki: Decision['pki']
  /** When this run of pgk began: Jobs that failed before are tried again. */
  startedAt: Date
  restoreJob(mode: 'restore' | 'return', operation: RestoreOperation): KubeObject
  /** A backup before (`safeguard`) or after. */
  backupJob(name: string, type: 'full' | 'incr'): KubeObject
  copySource(source: ClusterSource): Action
  /** What the engine would do anyway while instances run. */
  running(): Decision
}

/** What a phase asks for. */
export interface Step {
  actions: readonly Action[]
  prune?: readonly ObjectRef[]
  waiting?: string | undefined
  stuck?: PgkError | undefined
}

const recorded = ({kind, request, phase, ...rest}: RestoreOperation): Record<string, unknown> => ({
  ...rest,
  kind,
  request,
  phase,
})

export const enter = (
  operation: RestoreOperation,
  phase: Phase,
  request: Partial<RestoreRequest> = {},
  more: Readonly<Record<string, unknown>> = {},
): Action => ({
  kind: 'record',
  status: {
    operation: recorded({...operation, phase, request: {...operation.request, ...request}}),
    ...more,
  },
})

/** The operation is over; what it came to stays. */
export function finish({seen, operation}: RestoreInput): Action {
  const {id, kind, request, startedAt} = operation
  const returned = request.failure !== undefined
  return {
    kind: 'record',
    status: {
      operation: null,
      startupInstance: null,
      restored: {
        id,
        kind,
        target: request.text,
        outcome: returned ? 'returned' : 'restored',
        ...(returned ? {reason: request.failure, unreachable: request.unreachable} : {}),
        ...(request.lastTransaction === undefined ? {} : {lastTransaction: request.lastTransaction}),
        ...(request.fromTimeline === undefined ? {} : {fromTimeline: request.fromTimeline}),
        timeline: leaderOf(seen)?.member?.timeline,
        startedAt,
        finishedAt: seen.at.toISOString(),
      },
    },
  }
}
