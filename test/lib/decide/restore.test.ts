import {describe, expect, it} from 'vitest'
import type {Action, Decision} from '../../../src/lib/decide/decision.ts'
import {decideRestore} from '../../../src/lib/decide/restore/decide.ts'
import {restoreJobRequest} from '../../../src/lib/decide/restore/objects.ts'
import {bootstrapIn, type Phase, phases, restoreOf, runsIn} from '../../../src/lib/decide/restore/request.ts'
import type {RestoreInput} from '../../../src/lib/decide/restore/step.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {Annotation, Label} from '../../../src/lib/model/labels.ts'
import {noQuestions} from '../../../src/lib/observe/questions.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import {resultMark} from '../../../src/lib/pgbackrest/restore-script.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {at, instance, job, observed, pod} from '../../fakes/observed.ts'
import {readCase} from '../render/cases.ts'

const request = {
  text: '--latest',
  startup: 'hippo-pg-1',
  set: 'pg',
  options: ['--type=default'],
  returnOptions: ['--type=default', '--target-timeline=1'],
  mustKeep: true,
  fromTimeline: 1,
  repo: 'repo1',
}
const record = (phase: Phase, more: object = {}) => ({
  id: 'abcde',
  kind: 'restore',
  phase,
  who: 'test',
  startedAt: at.toISOString(),
  request: {...request, ...more},
})

const base: Decision = {
  pki: undefined,
  waves: [],
  prune: [],
  actions: [],
  milestones: [
    {id: 'leader', title: 'Leader', state: 'done'},
    {id: 'replicas', title: 'Replicas', state: 'done'},
  ],
  waiting: undefined,
  questions: noQuestions,
  stuck: undefined,
  settled: true,
}
const named = (name: string): KubeObject => ({apiVersion: 'batch/v1', kind: 'Job', metadata: {name}})

function decided(
  phase: Phase,
  seen: Observed,
  more: object = {},
  change: Partial<RestoreInput> = {},
): Decision {
  const operation = restoreOf({operation: record(phase, more)})
  if (operation === undefined) throw new Error('the record cannot be read')
  return decideRestore({
    seen,
    operation,
    postgresVersion: 17,
    waves: [],
    pki: undefined,
    startedAt: new Date(at.getTime() - 60_000),
    restoreJob: mode => named(mode),
    backupJob: (name, type) => named(`${name}-${type}`),
    copySource: from => ({kind: 'copy-source', from, configMap: named('c'), secret: named('s')}),
    running: () => base,
    ...change,
  })
}

const phaseAfter = (actions: readonly Action[]): unknown => {
  const last = actions.findLast(action => action.kind === 'record')
  const operation = last?.kind === 'record' ? last.status['operation'] : undefined
  return typeof operation === 'object' && operation !== null ? Reflect.get(operation, 'phase') : operation
}

const restoreJob = (change: Parameters<typeof job>[1] = {}, name = 'hippo-pgbackrest-restore') =>
  job(name, {uid: 'job-uid', annotations: {[Annotation.pgbackrestRestore]: 'abcde'}, ...change})
const saying = (message: string, ended: object = {exitCode: 3}): Observed['objects'] =>
  new Map([
    [
      'Pod',
      [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: 'p',
            ownerReferences: [{apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'job-uid'}],
          },
          status: {containerStatuses: [{state: {terminated: {...ended, message}}}]},
        },
      ],
    ],
  ])
const none = observed({
  instances: [1, 2, 3].map(number => instance(number, {pod: undefined, member: undefined})),
})

describe('a restore', () => {
  it.each(phases)('in phase %s has something to do or to wait for, whatever is seen', phase => {
    const views = [
      observed(),
      none,
      {...none, jobs: [restoreJob({state: 'active'})]},
      {...none, jobs: [restoreJob({state: 'failed'})]},
      {...none, jobs: [restoreJob({state: 'complete'})]},
    ]
    for (const seen of views) {
      const {actions, waiting, stuck, settled} = decided(phase, seen)
      expect(settled).toBe(false)
      const sentence = waiting ?? stuck?.message
      expect(actions.length > 0 || sentence !== undefined || base.waiting === undefined).toBe(true)
      if (['stop', 'forget', 'copy', 'restore', 'return'].includes(phase)) {
        expect(actions.length > 0 || sentence !== undefined).toBe(true)
      }
    }
  })

  it('waits for the last pod before Patroni’s state goes', () => {
    expect(decided('stop', observed()).actions).toEqual([])
    expect(phaseAfter(decided('stop', none).actions)).toBe('forget')
  })

  it('removes Patroni’s state before anything is restored', () => {
    const endpoints = {apiVersion: 'v1', kind: 'Endpoints', metadata: {name: 'hippo-ha'}}
    const seen = {...none, objects: new Map([['Endpoints', [endpoints]]])}
    expect(decided('forget', seen).actions).toEqual([{kind: 'delete-endpoints', names: ['hippo-ha']}])
    expect(phaseAfter(decided('forget', none).actions)).toBe('restore')
  })

  it('clears away the Job of another operation before it starts its own', () => {
    const old = restoreJob({annotations: {[Annotation.pgbackrestRestore]: 'other'}, state: 'complete'})
    const {actions} = decided('restore', {...none, jobs: [old]})
    expect(actions).toEqual([{kind: 'remove-job', job: old.name, uid: 'job-uid'}])
    expect(decided('restore', none).actions).toEqual([{kind: 'start-job', job: named('restore')}])
  })

  it('tells its Job what recovery must reach, and the one that brings the old data back nothing', () => {
    const operation = restoreOf({operation: record('restore', {promisedLsn: '0/5000060'})})
    if (operation === undefined) throw new Error('the record cannot be read')
    const hippo = withDefaults(readCase('default').document)
    expect(restoreJobRequest(hippo, operation, 'restore')).toMatchObject({lsn: '0/5000060'})
    expect(restoreJobRequest(hippo, operation, 'return')).not.toHaveProperty('lsn')
  })

  it('sets users and passwords again once the data is there', () => {
    const {actions} = decided('restore', {...none, jobs: [restoreJob({state: 'complete'})]})
    expect(phaseAfter(actions)).toBe('start')
    expect(actions[0]).toMatchObject({kind: 'record', status: {usersRevision: null}})
  })

  it('returns when the target was not there, with the last transaction', () => {
    const words = `FATAL: no\n${resultMark}{"reached":false,"lastTransaction":"2026-01-01 11:59:00+00"}`
    const seen = {...none, jobs: [restoreJob({state: 'failed'})], objects: saying(words)}
    const {actions} = decided('restore', seen)
    expect(phaseAfter(actions)).toBe('return')
    expect(JSON.stringify(actions)).toContain('2026-01-01 11:59:00+00')
  })

  it('tries again what failed before this run, unless the target was not there', () => {
    const startedAt = new Date(at.getTime() - 3_600_000).toISOString()
    const seen = {...none, jobs: [restoreJob({state: 'failed', startedAt})]}
    expect(decided('restore', seen).actions).toMatchObject([{kind: 'remove-job'}])
  })

  it.each<[string, object | undefined, string]>([
    ['by SIGKILL', {exitCode: 137, reason: 'Error'}, 'remove-job'],
    ['by SIGTERM', {exitCode: 143, reason: 'Error'}, 'remove-job'],
    ['and its pods were removed', undefined, 'remove-job'],
    ['for want of memory', {exitCode: 137, reason: 'OOMKilled'}, 'record'],
    ['by itself', {exitCode: 1, reason: 'Error'}, 'record'],
  ])('whose Job ended too often %s starts it anew, unless it is to blame', (_, ended, action) => {
    const message = 'Job has reached the specified backoff limit'
    const objects = ended === undefined ? new Map() : saying('', ended)
    const seen = {...none, jobs: [restoreJob({state: 'failed', message})], objects}
    expect(decided('restore', seen).actions).toMatchObject([{kind: action}])
  })

  it('is stuck, and can be gone on with, when the old data does not come back either', () => {
    const seen = {...none, jobs: [restoreJob({state: 'failed'}, 'hippo-pgbackrest-return')]}
    expect(decided('return', seen, {failure: 'gone'}).stuck).toMatchObject({code: 'PGK_RETURN_FAILED'})
  })

  it('ends as returned when the old instance leads again, else with a backup', () => {
    const returned = decided('restart', observed(), {failure: 'gone'}).actions
    expect(returned).toMatchObject([
      {status: {operation: null, restored: {outcome: 'returned', reason: 'gone'}}},
    ])
    // The replicas need not wait for what is set up on the leader: that comes with the next look.
    const set = {kind: 'record', status: {usersRevision: 'x'}} as const
    const busy = {running: () => ({...base, actions: [set]})}
    const {actions: first} = decided('start', observed(), {}, busy)
    expect([first.length, phaseAfter(first)]).toEqual([1, 'rejoin'])
    expect(decided('rejoin', observed(), {}, busy).actions).toContain(set)
    expect(phaseAfter(decided('start', observed()).actions)).toBe('rejoin')
    expect(phaseAfter(decided('rejoin', observed()).actions)).toBe('backup')
    expect(decided('backup', observed()).actions).toEqual([
      {kind: 'start-job', job: named('hippo-backup-abcde-full')},
    ])
    const done = job('hippo-backup-abcde', {state: 'complete', labels: {[Label.pgbackrestBackup]: 'manual'}})
    const {actions} = decided('backup', observed({jobs: [done]}))
    expect(actions).toMatchObject([
      {kind: 'discard-aside', directory: '/pgdata/pg17_before_abcde'},
      {kind: 'record', status: {operation: null, restored: {outcome: 'restored'}}},
    ])
  })

  it('does not wait for ever for an instance that cannot follow', () => {
    const lagging: Decision = {
      ...base,
      milestones: base.milestones.map(one => (one.id === 'replicas' ? {...one, state: 'active'} : one)),
    }
    const young = observed({
      instances: [
        instance(1, {pod: pod('hippo-pg-1-0', {createdAt: new Date(at.getTime() - 60_000).toISOString()})}),
      ],
    })
    expect(decided('rejoin', young, {}, {running: () => lagging}).actions).toEqual([])
    expect(phaseAfter(decided('rejoin', observed(), {}, {running: () => lagging}).actions)).toBe('backup')
  })

  it('lets only the restored instance run until it leads', () => {
    const run = (phase: Phase): boolean[] =>
      ['hippo-pg-1', 'hippo-pg-2'].map(name => {
        const operation = restoreOf({operation: record(phase)})
        return operation !== undefined && runsIn(operation, name)
      })
    expect(
      ['stop', 'forget', 'restore', 'return'].map(phase => run(phases.find(one => one === phase) ?? 'stop')),
    ).toEqual(Array.from({length: 4}, () => [false, false]))
    expect(run('start')).toEqual([true, false])
    expect(run('restart')).toEqual([true, false])
    expect(run('rejoin')).toEqual([true, true])
    const starting = restoreOf({operation: record('start')})
    expect(starting && bootstrapIn(starting, 'hippo-pg-1')).toBe('existing')
    expect(starting && bootstrapIn(starting, 'hippo-pg-2')).toBe('initdb')
  })
})

it('nothing is copied for a bucket: its Job carries what it is read with', () => {
  const copied = decided('copy', none, {source: 'bucket'})
  expect(copied.actions.map(({kind}) => kind)).toEqual(['record'])
  expect(phaseAfter(copied.actions)).toBe('restore')
})

describe('a new cluster whose restore failed', () => {
  const failed = (words: string) =>
    decided(
      'restore',
      {...none, jobs: [restoreJob({state: 'failed', startedAt: at.toISOString()})], objects: saying(words)},
      {},
      {operation: cloned()},
    ).stuck
  const cloned = () => {
    const operation = restoreOf({operation: {...record('restore', {source: 'bucket'}), kind: 'clone'}})
    if (operation === undefined) throw new Error('the record cannot be read')
    return operation
  }

  it('says why, and that the same command goes on', () => {
    const stuck = failed('P00  ERROR: [103]: HTTP request failed with 403 (Forbidden):')
    expect(stuck).toMatchObject({code: 'PGK_REPOSITORY_DENIED', exitCode: 1})
    expect(stuck?.hints).toContain('Mend the cause and run the same command again: it goes on from here.')
  })

  it('names the new cluster in each command', () => {
    const stuck = failed("P00  ERROR: [049]: unable to get address for 'store': [-2]")
    expect(stuck?.code).toBe('PGK_REPOSITORY_UNREACHABLE')
    expect(stuck?.hints).toContain('See what is up: pgk status hippo -n db')
    expect(stuck?.hints.join()).not.toContain('CLUSTER')
  })

  it('does not promise that for a target that is not there', () => {
    const stuck = failed(`FATAL: no\n${resultMark}{"reached":false,"lastTransaction":""}`)
    expect(stuck?.code).toBe('PGK_RESTORE_FAILED')
    expect(stuck?.hints.join()).not.toContain('goes on')
  })
})
