import {failedError, type PgkError} from '../../errors.ts'
import {Label} from '../../model/labels.ts'
import {clusterNames} from '../../model/names.ts'
import {findObject, leaderOf} from '../../observe/snapshot.ts'
import {hintsFor, knownCause} from '../../pgbackrest/outcome.ts'
import {restoreJobName} from '../../render/restore-view.ts'
import type {Action} from '../decision.ts'
import {jobState, sentenceOf} from './jobs.ts'
import {enter, type RestoreInput, type Step} from './step.ts'

export function stop({seen, operation}: RestoreInput): Step {
  const left = seen.instances.filter(({pod}) => pod !== undefined).map(({name}) => name)
  if (left.length > 0) return {actions: [], waiting: `${left.join(', ')} still run`}
  return {actions: [enter(operation, 'forget')]}
}

export function forget({seen, operation}: RestoreInput): Step {
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
  const {job: failed, result, killed} = state
  // It failed for what may be over by now, and someone ran pgk again; or it was killed, which says nothing
  // of the restore: every step of it can be cut off and done again.
  const isOld = failed.startedAt !== undefined && new Date(failed.startedAt) < startedAt
  if (result === undefined && (isOld || killed)) {
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

/** A new cluster without its data: mended and gone on with, or removed. */
function cloneFailure(why: FailedJob, {namespace, cluster}: RestoreInput['seen']): PgkError {
  const cause = why.unreachable ? undefined : knownCause({exitCode: undefined, words: why.sentence})
  return failedError(cause?.code ?? 'RESTORE_FAILED', cause?.message ?? failureOf(why), {
    object: `Job ${why.name}`,
    ...(cause === undefined ? {} : {reason: why.sentence}),
    hints: [
      ...(cause === undefined ? [] : hintsFor(cause, {name: cluster, namespace})),
      `Read why: kubectl logs job/${why.name} -n ${namespace}`,
      ...(why.unreachable ? [] : ['Mend the cause and run the same command again: it goes on from here.']),
      `Or remove the new cluster: pgk delete cluster ${cluster} -n ${namespace} --purge`,
    ],
  })
}

export function restore(input: RestoreInput): Step {
  const {operation, seen} = input
  return job(input, 'restore', {
    done: result => ({actions: [enter(operation, 'start', result, {usersRevision: null})]}),
    failed: why => {
      if (operation.kind === 'clone') {
        return {
          actions: [],
          stuck: cloneFailure(why, seen),
        }
      }
      const {lastTransaction, unreachable} = why
      const failure = failureOf(why)
      return {actions: [enter(operation, 'return', {failure, unreachable, lastTransaction})]}
    },
  })
}

export const comeBack = (input: RestoreInput): Step =>
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

export function backup(input: RestoreInput, type: 'full' | 'incr', done: () => Step): Step {
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
