import {describe, expect, it} from 'vitest'
import {replaceStuck, rollout} from '../../../src/lib/decide/rollout.ts'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import {instance, leaderState, member, observed, pod, statefulSet} from '../../fakes/observed.ts'

const old = (number: number) => instance(number, {pod: pod(`hippo-pg-${number}-0`, {revision: 'old'})})
const steps = (seen: Parameters<typeof rollout>[0]) =>
  rollout(seen).actions.map(action => `${action.kind} ${'pod' in action ? action.pod : ''}`)

describe('rollout', () => {
  it('has nothing to do when every pod is of the newest template', () => {
    expect(rollout(observed())).toEqual({outdated: [], actions: [], waiting: undefined})
  })

  it('takes one replica at a time, before the leader', () => {
    const seen = observed({instances: [old(1), old(2), old(3)]})
    expect(steps(seen)).toEqual(['delete-pod hippo-pg-2-0'])
  })

  it('waits while any instance does not serve', () => {
    const starting = instance(2, {pod: pod('hippo-pg-2-0', {ready: false})})
    const found = rollout(observed({instances: [old(1), starting, old(3)]}))
    expect(found.actions).toEqual([])
    expect(found.waiting).toContain('hippo-pg-2')
  })

  it('replaces first what is outdated and does not serve anyway', () => {
    const broken = instance(3, {pod: pod('hippo-pg-3-0', {revision: 'old', ready: false})})
    expect(steps(observed({instances: [old(1), old(2), broken]}))).toEqual(['delete-pod hippo-pg-3-0'])
  })

  it('moves the leadership before it touches the leader', () => {
    const seen = observed({instances: [old(1), instance(2), instance(3)]})
    expect(rollout(seen).actions).toEqual([
      {
        kind: 'switchover',
        pod: 'hippo-pg-2-0',
        leader: 'hippo-pg-1-0',
        candidate: 'hippo-pg-2-0',
        timeline: 1,
      },
    ])
  })

  it('hands over only to the synchronous standby', () => {
    const sync = {leader: 'hippo-pg-1-0', standbys: ['hippo-pg-3-0'], quorum: 0}
    const seen = observed({instances: [old(1), instance(2), instance(3)], sync})
    expect(rollout(seen).actions[0]).toMatchObject({candidate: 'hippo-pg-3-0'})
  })

  it('does not hand over while the leader sees no replica streaming', () => {
    const answers = {...noAnswers, sql: {known: true as const, value: leaderState({replicas: []})}}
    const found = rollout(observed({instances: [old(1), instance(2)], answers}))
    expect(found.actions).toEqual([])
  })

  it('restarts a single instance in place', () => {
    expect(steps(observed({instances: [old(1)]}))).toEqual(['delete-pod hippo-pg-1-0'])
  })

  it('restarts Postgres, not the pod, for parameters that need it', () => {
    const pending = instance(2, {member: member({pendingRestart: ['max_connections: 100 -> 200']})})
    const seen = observed({instances: [instance(1), pending, instance(3)]})
    expect(steps(seen)).toEqual(['restart-pending hippo-pg-2-0'])
  })

  it('never deletes a leader whose probes fail while it holds the lock', () => {
    const leader = instance(1, {pod: pod('hippo-pg-1-0', {revision: 'old', ready: false})})
    expect(steps(observed({instances: [leader, instance(2), instance(3)]}))).toEqual([])
  })

  it('is not done before Kubernetes has taken up the new template', () => {
    const unread = instance(2, {statefulSet: statefulSet('hippo-pg-2', {current: false})})
    expect(rollout(observed({instances: [instance(1), unread]}))).toMatchObject({
      outdated: ['hippo-pg-2'],
      actions: [],
    })
  })

  it('restarts the leader first where replicas must not have less than it has', () => {
    const lowered = {pendingRestart: ['max_connections: 100 -> 50']}
    const seen = observed({
      instances: [
        instance(1, {member: member({role: 'leader', state: 'running', ...lowered})}),
        instance(2, {member: member(lowered)}),
      ],
    })
    expect(steps(seen)).toEqual(['restart-pending hippo-pg-1-0'])
    // Patroni tells of the leader up to a loop later than of replicas.
    const untold = [instance(1), instance(2, {member: member(lowered)})]
    expect(steps(observed({instances: untold}))).toEqual([])
    const value = leaderState({settings: {max_connections: '50'}})
    const after = observed({instances: untold, answers: {...noAnswers, sql: {known: true, value}}})
    expect(steps(after)).toEqual(['restart-pending hippo-pg-2-0'])
  })

  it('gives replicas the time of a loop to tell that they need the restart before the leader does', () => {
    const raised = member({role: 'leader', state: 'running', pendingRestart: ['max_connections: 50 -> 100']})
    const instances = [instance(1, {member: raised}), instance(2)]
    const config = (time: string) =>
      new Map([
        [
          'Endpoints',
          [
            {
              apiVersion: 'v1',
              kind: 'Endpoints',
              metadata: {name: 'hippo-ha-config', managedFields: [{time}]},
            },
          ],
        ],
      ])
    expect(steps(observed({instances, objects: config('2026-01-01T11:59:55Z')}))).toEqual([])
    const later = observed({instances, objects: config('2026-01-01T11:59:45Z')})
    expect(steps(later)).toEqual(['restart-pending hippo-pg-1-0'])
  })

  it('is not done while Postgres runs with another value than a fresh configuration gives it', () => {
    const objects = new Map([
      [
        'Endpoints',
        [
          {
            apiVersion: 'v1',
            kind: 'Endpoints',
            metadata: {name: 'hippo-ha-config', managedFields: [{time: '2026-01-01T11:59:55Z'}]},
          },
        ],
      ],
    ])
    const configuration = (max: string) => ({postgresql: {parameters: {max_connections: max}}})
    const config = (max: string) => ({systemIdentifier: '1', configuration: configuration(max), history: []})
    expect(rollout(observed({objects, config: config('90')})).waiting).toContain('Patroni')
    expect(rollout(observed({objects, config: config('100')})).waiting).toBeUndefined()
  })

  it('hands over to no replica that is far behind', () => {
    const behind = {state: 'streaming', sync: false, receiveLagBytes: 2 ** 30, replayLagBytes: 2 ** 30}
    const replicas = [2, 3].map(number => ({name: `hippo-pg-${number}-0`, ...behind}))
    const answers = {...noAnswers, sql: {known: true as const, value: leaderState({replicas})}}
    expect(steps(observed({instances: [old(1), instance(2), instance(3)], answers}))).toEqual([])
  })

  it('restarts nothing while somebody has paused Patroni', () => {
    const config = {systemIdentifier: undefined, configuration: {pause: true}, history: []}
    expect(rollout(observed({instances: [old(1), old(2)], config}))).toMatchObject({actions: []})
  })

  it('replaces a pod in which Postgres never started when nobody leads, but none in which it runs', () => {
    const containers = [{name: 'database', ready: false, running: false, restarts: 3, startedAt: undefined}]
    const stuck = instance(2, {pod: pod('hippo-pg-2-0', {revision: 'old', ready: false, containers})})
    const seen = observed({instances: [old(1), stuck], leadership: {state: 'none'}})
    expect(replaceStuck(seen)).toMatchObject([{kind: 'delete-pod', pod: 'hippo-pg-2-0'}])
    expect(replaceStuck(observed({instances: [old(1), old(2)]}))).toEqual([])
  })
})
