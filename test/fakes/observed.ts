import {noAnswers} from '../../src/lib/observe/answers.ts'
import type {JobSeen, PodSeen, StatefulSetSeen} from '../../src/lib/observe/seen.ts'
import type {InstanceSeen, Observed} from '../../src/lib/observe/snapshot.ts'
import type {MemberStatus} from '../../src/lib/patroni/member.ts'
import type {LeaderState} from '../../src/lib/postgres/leader-state.ts'

export const at = new Date('2026-01-01T12:00:00Z')

export const pod = (name: string, change: Partial<PodSeen> = {}): PodSeen => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '7',
  createdAt: '2026-01-01T11:00:00Z',
  labels: {},
  annotations: {},
  node: 'node-1',
  phase: 'Running',
  ready: true,
  deleting: false,
  ip: '10.0.0.1',
  revision: 'new',
  containers: [
    {name: 'database', ready: true, running: true, restarts: 0, startedAt: '2026-01-01T11:00:00Z'},
  ],
  trouble: undefined,
  ...change,
})

export const statefulSet = (name: string, change: Partial<StatefulSetSeen> = {}): StatefulSetSeen => ({
  name,
  uid: `uid-${name}`,
  labels: {},
  replicas: 1,
  updateRevision: 'new',
  current: true,
  deleting: false,
  ...change,
})

export const member = (change: Partial<MemberStatus> = {}): MemberStatus => ({
  role: 'replica',
  state: 'streaming',
  timeline: 1,
  walLocation: 1000,
  replicationState: 'streaming',
  pendingRestart: undefined,
  paused: false,
  patroniVersion: '4.0.7',
  tags: {},
  ...change,
})

/** `hippo-pg-{number}`; number 1 leads. */
export const instance = (number: number, change: Partial<InstanceSeen> = {}): InstanceSeen => ({
  name: `hippo-pg-${number}`,
  set: 'pg',
  statefulSet: statefulSet(`hippo-pg-${number}`),
  pod: pod(`hippo-pg-${number}-0`),
  member: number === 1 ? member({role: 'leader', state: 'running', replicationState: undefined}) : member(),
  ...change,
})

export const leaderState = (change: Partial<LeaderState> = {}): LeaderState => ({
  inRecovery: false,
  timeline: 1,
  serverVersion: '17.6',
  systemIdentifier: '7710884053495799853',
  writeLocation: 1000,
  replicas: [2, 3].map(number => ({
    name: `hippo-pg-${number}-0`,
    state: 'streaming',
    sync: false,
    receiveLagBytes: 0,
    replayLagBytes: 0,
  })),
  archiver: {
    lastArchivedAt: at,
    lastArchivedWal: undefined,
    finishedAt: undefined,
    lastFailedAt: undefined,
    queued: 0,
    caughtUp: true,
  },
  connections: {used: 1, max: 100},
  settings: {max_connections: '100'},
  pendingRestart: false,
  ...change,
})

export const job = (name: string, change: Partial<JobSeen> = {}): JobSeen => ({
  name,
  uid: `uid-${name}`,
  labels: {},
  annotations: {},
  state: 'active',
  startedAt: at.toISOString(),
  completedAt: undefined,
  message: '',
  deleting: false,
  ...change,
})

/** A healthy cluster of three, its leader asked by SQL. */
export const observed = (change: Partial<Observed> = {}): Observed => ({
  at,
  namespace: 'db',
  cluster: 'hippo',
  objects: new Map(),
  instances: [instance(1), instance(2), instance(3)],
  repoHost: pod('hippo-repo-host-0', {
    containers: [
      {name: 'pgbackrest', ready: true, running: true, restarts: 0, startedAt: '2026-01-01T11:00:00Z'},
    ],
  }),
  jobs: [],
  volumes: [],
  leadership: {state: 'held', leader: 'hippo-pg-1-0', ageSeconds: 1},
  config: {systemIdentifier: '7710884053495799853', configuration: {}, history: []},
  sync: undefined,
  answers: {...noAnswers, sql: {known: true, value: leaderState()}},
  unknown: [],
  ...change,
})
