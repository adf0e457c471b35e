import {afterAll, beforeAll, inject} from 'vitest'
import type {TestCluster} from './cluster.ts'
import {createNamespace, deleteNamespace, pgk, succeed} from './commands.ts'

/** Seconds; as short as Patroni takes it. */
export const lease = 20

/** Three instances with short leases and the least of everything else. */
const manifest = () => ({
  apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
  kind: 'PostgresCluster',
  metadata: {name: 'hippo'},
  spec: {
    postgresVersion: 17,
    ...(inject('image') === '' ? {} : {image: inject('image')}),
    instances: [
      {
        name: 'pg',
        replicas: 3,
        dataVolumeClaimSpec: {
          accessModes: ['ReadWriteOnce'],
          resources: {requests: {storage: '1Gi'}},
        },
      },
    ],
    patroni: {leaderLeaseDurationSeconds: lease, syncPeriodSeconds: 3},
  },
})

/** A cluster of its own for one test file, in which a failover does not take long. */
export function useShortLeases(prefix: string): TestCluster {
  const cluster = {namespace: '', name: 'hippo', created: {code: null, stdout: '', stderr: '', seconds: 0}}
  const here = (): string[] => ['-n', cluster.namespace]
  beforeAll(async () => {
    cluster.namespace = await createNamespace(prefix)
    await succeed(pgk(['create', 'cluster', '-f', '-', ...here()], {stdin: JSON.stringify(manifest())}))
  })
  afterAll(async () => {
    await pgk(['delete', 'cluster', 'hippo', ...here(), '--purge', '--confirm', 'hippo'])
    await deleteNamespace(cluster.namespace)
  })
  return cluster
}
