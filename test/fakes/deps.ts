import {createStore} from '../../src/lib/kube/store.ts'
import type {KubeObject} from '../../src/lib/ports.ts'
import type {Deps} from '../../src/lib/wire.ts'
import {fakeClock} from './clock.ts'
import {type FakeKube, type FakeKubeOptions, fakeKube} from './kube.ts'

/** A fixed moment for everything that shows ages. */
export const now = new Date('2026-01-01T12:00:00Z')

export interface FakeDeps extends Deps {
  kube: FakeKube
}

/** Ports over an API in memory. The engine is only there for tests that bring one. */
export function fakeDeps(options: FakeKubeOptions = {}, engine?: Deps['engine']): FakeDeps {
  const kube = fakeKube(options)
  return {
    kube,
    store: createStore(kube),
    clock: fakeClock(now),
    random: {bytes: count => new Uint8Array(count).fill(7)},
    namespace: 'db',
    context: 'test',
    environment: {},
    engine: engine ?? (() => Promise.reject(new Error('this test brings no engine'))),
  }
}

export const clusterDocument = (name: string, spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
  kind: 'PostgresCluster',
  metadata: {name, namespace: 'db'},
  spec: {
    postgresVersion: 17,
    instances: [
      {
        name: 'pg',
        replicas: 2,
        dataVolumeClaimSpec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}},
      },
    ],
    users: [{name: 'app', databases: ['shop']}],
    ...spec,
  },
})

const label = (key: string): string => `postgres-operator.crunchydata.com/${key}`

/** An instance's StatefulSet and pod, with what Patroni writes on it. */
export const instance = (cluster: string, number: number, role: 'master' | 'replica'): KubeObject[] => {
  const name = `${cluster}-pg-${number}`
  const labels = {[label('cluster')]: cluster, [label('instance')]: name, [label('instance-set')]: 'pg'}
  const status = {
    conn_url: `postgres://${name}`,
    role: role === 'master' ? 'primary' : 'replica',
    state: 'running',
    ...(role === 'replica' ? {replication_state: 'streaming'} : {}),
    timeline: 1,
    xlog_location: 1000,
  }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: {name, namespace: 'db', labels},
      spec: {replicas: 1},
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${name}-0`,
        namespace: 'db',
        labels: {...labels, [label('patroni')]: `${cluster}-ha`, [label('role')]: role},
        annotations: {status: JSON.stringify(status)},
      },
      spec: {nodeName: `node-${number}`},
      status: {
        phase: 'Running',
        conditions: [{type: 'Ready', status: 'True'}],
        containerStatuses: [{name: 'database', ready: true, state: {running: {}}}],
      },
    },
  ]
}

/** The Endpoints in which Patroni says who leads. */
export const leaderEndpoints = (cluster: string, leader: string, renewed = now): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: {
    name: `${cluster}-ha`,
    namespace: 'db',
    labels: {[label('cluster')]: cluster, [label('patroni')]: `${cluster}-ha`},
    annotations: {
      leader,
      acquireTime: renewed.toISOString(),
      renewTime: renewed.toISOString(),
      transitions: '0',
      ttl: '30',
      optime: '1000',
    },
  },
})

export const userSecret = (cluster: string, user: string, password: string): KubeObject => {
  const texts = {
    user,
    password,
    verifier: 'SCRAM-SHA-256$x',
    host: `${cluster}-primary.db.svc`,
    port: '5432',
    dbname: 'shop',
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${cluster}-pguser-${user}`,
      namespace: 'db',
      labels: {[label('cluster')]: cluster, [label('pguser')]: user},
    },
    data: Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  }
}
