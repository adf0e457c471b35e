import {describe, expect, it} from 'vitest'
import {behind, reinitialise} from '../../../src/lib/decide/restore/rejoin.ts'
import {type Phase, restoreOf} from '../../../src/lib/decide/restore/request.ts'
import type {RestoreInput} from '../../../src/lib/decide/restore/step.ts'
import {noQuestions} from '../../../src/lib/observe/questions.ts'
import type {InstanceSeen, Observed} from '../../../src/lib/observe/snapshot.ts'
import type {MemberStatus} from '../../../src/lib/patroni/member.ts'
import {at, instance, member, observed, pod} from '../../fakes/observed.ts'

const leading = instance(1, {member: member({role: 'leader', state: 'running', timeline: 2})})
const failed: Partial<MemberStatus> = {
  state: 'start failed',
  timeline: undefined,
  replicationState: undefined,
}
const replica = (change: Partial<MemberStatus>, podChange: Parameters<typeof pod>[1] = {}): InstanceSeen =>
  instance(2, {member: member(change), pod: pod('hippo-pg-2-0', {ready: false, ...podChange})})
const seenWith = (one: InstanceSeen, change: Partial<Observed> = {}): Observed =>
  observed({instances: [leading, one, instance(3)], ...change})

function input(seen: Observed, kind = 'restore', phase: Phase = 'rejoin'): RestoreInput {
  const request = {text: '--latest', startup: 'hippo-pg-1', set: 'pg', fromTimeline: 1, repo: 'repo1'}
  const operation = restoreOf({
    operation: {id: 'abcde', kind, phase, who: 'test', startedAt: at.toISOString(), request},
  })
  if (operation === undefined) throw new Error('the record cannot be read')
  const never = (): never => {
    throw new Error('not asked for')
  }
  return {
    seen,
    operation,
    postgresVersion: 17,
    waves: [],
    pki: undefined,
    startedAt: at,
    restoreJob: never,
    backupJob: never,
    copySource: never,
    running: () => ({
      pki: undefined,
      waves: [],
      prune: [],
      actions: [],
      milestones: [],
      waiting: undefined,
      questions: noQuestions,
      stuck: undefined,
      settled: false,
    }),
  }
}

const anew = [{kind: 'reinitialise', pod: 'hippo-pg-1-0', member: 'hippo-pg-2-0'}]

describe('a replica after a restore', () => {
  it.each<[string, Partial<MemberStatus>]>([
    ['on which Postgres does not start', failed],
    ['whose Postgres crashed', {...failed, state: 'crashed'}],
    ['whose data is no database any more', {...failed, state: 'stopped', role: 'uninitialized'}],
  ])('%s is made anew', (_, state) => {
    expect(reinitialise(input(seenWith(replica(state))))).toEqual(anew)
  })

  it.each<[string, Partial<MemberStatus>]>([
    ['is being rewound', {...failed, state: 'stopped'}],
    ['is being made', {...failed, state: 'creating replica', role: 'uninitialized'}],
    ['starts', {...failed, state: 'starting'}],
    ['streams', {}],
  ])('that %s is left to go on', (_, state) => {
    expect(reinitialise(input(seenWith(replica(state))))).toEqual([])
  })

  it('is not made anew at its first failure, nor while what is said of it may be old', () => {
    const young = {createdAt: new Date(at.getTime() - 20_000).toISOString()}
    const still = {
      containers: [{name: 'database', ready: false, running: false, restarts: 1, startedAt: undefined}],
    }
    for (const change of [young, still, {deleting: true}]) {
      expect(reinitialise(input(seenWith(replica(failed, change))))).toEqual([])
    }
  })

  it('is kept while no leader serves the restored data', () => {
    const gone = seenWith(replica(failed), {leadership: {state: 'none'}})
    const hung = seenWith(replica(failed), {
      leadership: {state: 'expired', leader: 'hippo-pg-1-0', ageSeconds: 60},
    })
    const old = observed({instances: [instance(1), replica(failed)]})
    const starting = observed({
      instances: [
        instance(1, {member: member({role: 'leader', state: 'starting', timeline: 2})}),
        replica(failed),
      ],
    })
    for (const seen of [gone, hung, old, starting]) expect(reinitialise(input(seen))).toEqual([])
  })

  it('that leads, or was restored itself, is never made anew', () => {
    const bad = member({...failed, role: 'leader'})
    expect(reinitialise(input(observed({instances: [instance(1, {member: bad})]})))).toEqual([])
    const elsewhere = observed({
      instances: [
        instance(1, {member: member(failed)}),
        instance(2, {member: member({role: 'leader', state: 'running', timeline: 3})}),
      ],
      leadership: {state: 'held', leader: 'hippo-pg-2-0', ageSeconds: 1},
    })
    expect(reinitialise(input(elsewhere))).toEqual([])
  })

  it('is left alone where someone has paused Patroni, and in a clone', () => {
    const seen = seenWith(replica(failed))
    const paused = {...seen, config: {systemIdentifier: '1', configuration: {pause: true}, history: []}}
    expect(reinitialise(input(paused))).toEqual([])
    expect(reinitialise(input(seen, 'clone'))).toEqual([])
  })

  it('that is rewound, made anew or lost keeps the restore going; one that cannot run does not', () => {
    const states = [failed, {...failed, state: 'stopped'}, {...failed, state: 'creating replica'}]
    for (const state of states) expect(behind(input(seenWith(replica(state))))).toEqual(['hippo-pg-2'])
    expect(behind(input(seenWith(replica({}))))).toEqual([])
    const away = instance(2, {pod: undefined, member: undefined})
    expect(behind(input(seenWith(away)))).toEqual([])
  })
})
