import {describe, expect, it} from 'vitest'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import {reportedOf} from '../../../src/lib/observe/overview.ts'
import {type Reported, report} from '../../../src/lib/observe/report.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import {clusterDocument} from '../../fakes/deps.ts'
import {at, instance, leaderState, member, observed, pod} from '../../fakes/observed.ts'

const wanted: Reported = {
  postgresVersion: 17,
  port: 5432,
  paused: false,
  shutdown: false,
  wantedInstances: 2,
  wantsBackups: false,
  operation: undefined,
}
const secondsAgo = (seconds: number): string => new Date(at.getTime() - seconds * 1000).toISOString()
const running = member({state: 'running', replicationState: undefined})

/** A replica that says it runs, not that it streams; its container `up` seconds old, the leader `led` seconds. */
const quiet = (up: number, led: number, change: Partial<Observed> = {}): Observed => {
  const containers = [
    {name: 'database', ready: true, running: true, restarts: 0, startedAt: secondsAgo(up)},
    {name: 'certs', ready: true, running: true, restarts: 0, startedAt: secondsAgo(up + 1)},
  ]
  return observed({
    instances: [instance(1), instance(2, {pod: pod('hippo-pg-2-0', {containers}), member: running})],
    leadership: {state: 'held', leader: 'hippo-pg-1-0', ageSeconds: 1, heldSeconds: led},
    answers: noAnswers,
    ...change,
  })
}
const about = (seen: Observed): string[] =>
  report(seen, wanted, 'not-asked', new Map())
    .verdict.reasons.map(({message}) => message)
    .filter(message => message.includes('hippo-pg-2'))

describe('verdict', () => {
  it('waits for the word of a replica that has just started, or whose leader is new', () => {
    expect(about(quiet(5, 3600))).toEqual([])
    expect(about(quiet(3600, 5))).toEqual([])
  })

  it('names a replica that has long run without streaming', () => {
    expect(about(quiet(3600, 3600))).toEqual(['hippo-pg-2 is running'])
  })

  it('names a replica that is not ready, however new it is', () => {
    const broken = quiet(5, 5)
    const instances = broken.instances.map(one => ({...one, pod: one.pod && {...one.pod, ready: false}}))
    expect(about({...broken, instances})).toEqual(['hippo-pg-2 is running'])
  })

  it('says that an instance has no pod, not that it is none', () => {
    const gone = {...quiet(3600, 3600), instances: [instance(1), instance(2, {pod: undefined})]}
    expect(about(gone)).toEqual(['hippo-pg-2 has no pod'])
  })

  it('takes the word of a leader that was asked, at once', () => {
    const sql = {known: true, value: leaderState({replicas: []})} as const
    expect(about(quiet(5, 5, {answers: {...noAnswers, sql}}))).toEqual(['hippo-pg-2 is not streaming'])
  })
})

describe('verdict where no repository is asked', () => {
  const level = (reported: Partial<Reported>) =>
    report(observed({}), {...wanted, wantsBackups: true, ...reported}, 'not-asked', new Map()).verdict.level

  it('is critical as status is where the document knows of no full backup, and only there', () => {
    expect(level({backedUp: false})).toBe('critical')
    expect(level({backedUp: true})).toBe('ok')
  })

  it.each([
    [undefined, false],
    [
      {pgbackrest: {repos: [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: false}]}},
      false,
    ],
    [{pgbackrest: {repos: [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: true}]}}, true],
  ])('reads from the status %j that there is a backup: %s', (status, backedUp) => {
    const document = {...clusterDocument('hippo'), ...(status === undefined ? {} : {status})}
    const owner = {apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u', controller: true}
    expect(reportedOf({document, home: 'ConfigMap', owner}).backedUp).toBe(backedUp)
  })
})

it('every command to run next names the namespace: the reader may be in another', () => {
  const judged: [Partial<Observed>, Partial<Reported>][] = [
    [{}, {shutdown: true}],
    [{leadership: {state: 'none'}}, {}],
    [{instances: [instance(1)]}, {}],
  ]
  for (const [seen, reported] of judged) {
    const {reasons} = report(observed(seen), {...wanted, ...reported}, 'not-asked', new Map()).verdict
    const next = reasons.flatMap(({next: command}) => command ?? [])
    expect(next).not.toEqual([])
    for (const command of next) expect(command).toMatch(/^(pgk \w+ hippo|kubectl .*) -n db\b/)
  }
})

it('says how to go on with a restore that was left', () => {
  const operation = {id: 'a', kind: 'restore', phase: 'stop', startedAt: secondsAgo(60), target: '--latest'}
  const {reasons} = report(quiet(5, 5), {...wanted, operation}, 'not-asked', new Map()).verdict
  expect(reasons.map(({next}) => next)).toContain('pgk restore hippo -n db --in-place --latest')
})
