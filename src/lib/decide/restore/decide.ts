import {failedError, type PgkError} from '../../errors.ts'
import {Label} from '../../model/labels.ts'
import {clusterNames} from '../../model/names.ts'
import {noQuestions} from '../../observe/questions.ts'
import {findObject, leaderOf, type Observed} from '../../observe/snapshot.ts'
import {asideDirectory} from '../../pgbackrest/restore-script.ts'
import type {KubeObject, ObjectRef} from '../../ports.ts'
import {dataDirectory} from '../../postgres/layout.ts'
import {restoreJobName} from '../../render/restore-view.ts'
import type {Action, Decision, Milestone} from '../decision.ts'
import {jobState, sentenceOf} from './jobs.ts'
import {milestonesOf} from './milestones.ts'
import {sourceName} from './objects.ts'
import type {Phase, RestoreOperation, RestoreRequest} from './request.ts'

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
  copySource(source: NonNullable<RestoreRequest['source']>): Action
  /** What the engine would do anyway while instances run. */
  running(): Decision
}

/** What a phase asks for. */
interface Step {
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

const enter = (
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
function finish({seen, operation}: RestoreInput): Action {
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
        ...(returned ? {reason: request.failure} : {}),
        ...(request.lastTransaction === undefined ? {} : {lastTransaction: request.lastTransaction}),
        ...(request.fromTimeline === undefined ? {} : {fromTimeline: request.fromTimeline}),
        timeline: leaderOf(seen)?.member?.timeline,
        startedAt,
        finishedAt: seen.at.toISOString(),
      },
    },
  }
}

function stop({seen, operation}: RestoreInput): Step {
  const left = seen.instances.filter(({pod}) => pod !== undefined).map(({name}) => name)
  if (left.length > 0) return {actions: [], waiting: `${left.join(', ')} still run`}
  return {actions: [enter(operation, 'forget')]}
}

function forget({seen, operation}: RestoreInput): Step {
  const {ha, haConfig, haFailover, haSync} = clusterNames(seen.cluster)
  const left = [ha, haConfig, haFailover, haSync].filter(name => findObject(seen, 'Endpoints', name))
  if (left.length > 0) {
    return {actions: [{kind: 'delete-endpoints', names: left}], waiting: 'Patroni’s state is removed'}
  }
  return {actions: [enter(operation, operation.request.failure === undefined ? 'restore' : 'return')]}
}

/** A Job of a kind: started, waited for, and what follows when it is done. */
function job(
  input: RestoreInput,
  mode: 'restore' | 'return',
  then: {done: (state: {lastTransaction: string | undefined}) => Step; failed: (why: FailedJob) => Step},
): Step {
  const {seen, operation, startedAt} = input
  const name = restoreJobName(seen.cluster, mode)
  const state = jobState(seen, name, operation)
  if (state.state === 'absent') {
    return {actions: [{kind: 'start-job', job: input.restoreJob(mode, operation)}], waiting: 'the Job starts'}
  }
  if (state.state === 'foreign') {
    const {name: old, uid, deleting} = state.job
    const actions: Action[] = deleting ? [] : [{kind: 'remove-job', job: old, uid}]
    return {actions, waiting: 'the Job of an earlier operation is cleared away'}
  }
  if (state.state === 'active') return {actions: [], waiting: state.detail}
  if (state.state === 'complete') return then.done({lastTransaction: state.result?.lastTransaction})
  const {job: failed, result} = state
  // It failed for what may be over by now, and someone ran pgk again.
  if (result === undefined && failed.startedAt !== undefined && new Date(failed.startedAt) < startedAt) {
    return {
      actions: [{kind: 'remove-job', job: failed.name, uid: failed.uid}],
      waiting: 'the Job starts anew',
    }
  }
  return then.failed({
    name: failed.name,
    sentence: sentenceOf(state.words) || failed.message,
    unreachable: result?.reached === false,
    lastTransaction: result?.lastTransaction,
  })
}

interface FailedJob {
  name: string
  sentence: string
  unreachable: boolean
  lastTransaction: string | undefined
}

const failureOf = ({sentence, unreachable, lastTransaction}: FailedJob): string =>
  unreachable
    ? `the archive ends before the target; ${lastTransaction === undefined ? 'no transaction was replayed' : `the last completed transaction was at ${lastTransaction}`}`
    : sentence

function restore(input: RestoreInput): Step {
  const {operation, seen} = input
  return job(input, 'restore', {
    done: result => ({actions: [enter(operation, 'start', result, {usersRevision: null})]}),
    failed: why => {
      if (operation.kind === 'clone') {
        return {
          actions: [],
          stuck: failedError('RESTORE_FAILED', failureOf(why), {
            object: `Job ${why.name}`,
            hints: [
              `Read why: kubectl logs job/${why.name} -n ${seen.namespace}`,
              `Remove the new cluster: pgk delete cluster ${seen.cluster} -n ${seen.namespace} --purge`,
            ],
          }),
        }
      }
      const {lastTransaction} = why
      return {actions: [enter(operation, 'return', {failure: failureOf(why), lastTransaction})]}
    },
  })
}

const comeBack = (input: RestoreInput): Step =>
  job(input, 'return', {
    done: () => ({actions: [enter(input.operation, 'restart', {}, {usersRevision: null})]}),
    failed: why => ({
      actions: [],
      stuck: failedError('RETURN_FAILED', 'the restore failed, and so did bringing the old data back', {
        object: `Job ${why.name}`,
        reason: `${input.operation.request.failure ?? ''} / ${why.sentence}`,
        hints: [
          `Read why: kubectl logs job/${why.name} -n ${input.seen.namespace}`,
          'Mend the cause and run the same command again: it goes on from here.',
        ],
      }),
    }),
  })

function backup(input: RestoreInput, type: 'full' | 'incr', done: () => Step): Step {
  const {seen, operation, startedAt} = input
  const name = `${seen.cluster}-backup-${operation.id}${type === 'full' ? '' : '-0'}`
  const found = seen.jobs.find(job => job.name === name && job.labels[Label.pgbackrestBackup] !== undefined)
  const what = type === 'full' ? 'the first backup on the new timeline' : 'the backup before the restore'
  if (found === undefined) {
    if (leaderOf(seen) === undefined) return {actions: [], waiting: `no instance leads; ${what} waits`}
    return {actions: [{kind: 'start-job', job: input.backupJob(name, type)}], waiting: `${what} starts`}
  }
  if (found.deleting) return {actions: [], waiting: 'the Job of an earlier try is cleared away'}
  if (found.state === 'active') return {actions: [], waiting: `${what} runs`}
  if (found.state === 'complete') return done()
  if (found.startedAt !== undefined && new Date(found.startedAt) < startedAt) {
    return {actions: [{kind: 'remove-job', job: name, uid: found.uid}], waiting: `${what} is tried again`}
  }
  return {
    actions: [],
    stuck: failedError('RESTORE_BACKUP_FAILED', `${what} failed`, {
      object: `Job ${name}`,
      hints: [
        `Read why: kubectl logs job/${name} -n ${seen.namespace}`,
        'Then run the same command again: it goes on from here.',
      ],
    }),
  }
}

const isDone = ({milestones}: Decision, id: string): boolean =>
  milestones.find(milestone => milestone.id === id)?.state === 'done'

/** Steps while instances run: the engine's own work goes on beside them. */
function besides(input: RestoreInput, base: Decision): Step {
  const {seen, operation, postgresVersion} = input
  const leads = isDone(base, 'leader')
  switch (operation.phase) {
    case 'safeguard':
      return backup(input, 'incr', () => ({actions: [enter(operation, 'stop')]}))
    case 'start':
      if (!leads) return {actions: []}
      if (operation.kind === 'clone') return {actions: [finish(input)], prune: copies(input)}
      return {actions: [enter(operation, 'rejoin')]}
    case 'restart':
      return {actions: leads ? [finish(input)] : []}
    case 'rejoin':
      return {actions: leads && isDone(base, 'replicas') ? [enter(operation, 'backup')] : []}
    default:
      return backup(input, 'full', () => {
        const pod = seen.instances.find(({name}) => name === operation.request.startup)?.pod?.name
        const directory = asideDirectory(dataDirectory(postgresVersion))
        const discard: Action[] = pod === undefined ? [] : [{kind: 'discard-aside', pod, directory}]
        return {actions: [...discard, finish(input)]}
      })
  }
}

/** What was copied from the source has served. */
const copies = ({seen: {cluster, namespace}}: RestoreInput): ObjectRef[] =>
  ['ConfigMap', 'Secret'].map(kind => ({apiVersion: 'v1', kind, name: sourceName(cluster), namespace}))

function copy({operation, copySource}: RestoreInput): Step {
  const {source} = operation.request
  const next = enter(operation, 'restore')
  return {actions: source === undefined ? [next] : [copySource(source), next]}
}

function alone(input: RestoreInput): Step {
  switch (input.operation.phase) {
    case 'stop':
      return stop(input)
    case 'forget':
      return forget(input)
    case 'copy':
      return copy(input)
    case 'restore':
      return restore(input)
    default:
      return comeBack(input)
  }
}

const together = (phase: Phase): boolean =>
  ['safeguard', 'start', 'rejoin', 'backup', 'restart'].includes(phase)

/** Pure. The next step of a restore that is going on, from its recorded phase and what is seen. */
export function decideRestore(input: RestoreInput): Decision {
  const {operation, waves} = input
  if (together(operation.phase)) {
    const base = input.running()
    const step = besides(input, base)
    const before: Milestone[] = milestonesOf(operation, step.waiting)
    const waiting = step.waiting ?? base.waiting
    return {
      ...base,
      // The engine's own steps come first: a leader that is not yet set up is not yet restored. Files are
      // refreshed when all is over: who just started has read them.
      actions: [...base.actions.filter(({kind}) => kind !== 'refresh-pods'), ...step.actions],
      milestones: [...before, ...base.milestones],
      prune: [...base.prune, ...(step.prune ?? [])],
      waiting,
      stuck: step.stuck ?? base.stuck,
      settled: false,
    }
  }
  const step = alone(input)
  return {
    pki: input.pki,
    waves,
    prune: [],
    actions: step.actions,
    milestones: milestonesOf(operation, step.waiting),
    waiting: step.waiting,
    questions: noQuestions,
    stuck: step.stuck,
    settled: false,
  }
}
