import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {clusterLabels, instancePodLabels, pgUserLabels, selector} from '../../../src/lib/model/labels.ts'
import {
  backupCronJobName,
  clusterNames,
  disruptionBudgetName,
  dnsForms,
  instanceName,
  instanceNames,
  instanceOfPod,
  instanceSetName,
  MAX_CLUSTER_AND_SET,
  nextInstanceName,
  podHost,
} from '../../../src/lib/model/names.ts'

const label = (maxLength: number) =>
  fc.stringMatching(/^[a-z]([-a-z0-9]*[a-z0-9])?$/).filter(text => text.length <= maxLength)

describe('names', () => {
  test('are PGO’s', () => {
    expect(clusterNames('hippo')).toMatchObject({
      ha: 'hippo-ha',
      primaryService: 'hippo-primary',
      replicaService: 'hippo-replicas',
      podService: 'hippo-pods',
      repoHostPod: 'hippo-repo-host-0',
      clusterCertSecret: 'hippo-cluster-cert',
    })
    expect(disruptionBudgetName('hippo', 'pg')).toBe('hippo-set-pg')
    expect(backupCronJobName('hippo', 'repo1', 'diff')).toBe('hippo-repo1-diff')
    expect(podHost('hippo', 'hippo-pg-1-0')).toBe('hippo-pg-1-0.hippo-pods')
    expect(dnsForms('hippo-ha', 'db', 'cluster.local')).toEqual([
      'hippo-ha',
      'hippo-ha.db',
      'hippo-ha.db.svc',
      'hippo-ha.db.svc.cluster.local',
    ])
  })

  test('a set without a name is called by its place', () => {
    expect([instanceSetName('', 0), instanceSetName(undefined, 11), instanceSetName('pg', 3)]).toEqual([
      '00',
      '11',
      'pg',
    ])
  })

  test('a new instance takes the lowest free number', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({min: 1, max: 20})), numbers => {
        const taken = numbers.map(number => instanceName('hippo', 'pg', number))
        const name = nextInstanceName('hippo', 'pg', taken)
        const number = Number(name.replace('hippo-pg-', ''))
        expect(taken).not.toContain(name)
        for (let lower = 1; lower < number; lower += 1) expect(numbers).toContain(lower)
      }),
    )
  })

  test('a pod leads back to its instance', () => {
    expect(instanceOfPod(instanceNames('hippo-pg-10').pod)).toBe('hippo-pg-10')
  })

  test('fit Kubernetes as long as cluster and set fit together', () => {
    const pair = fc
      .tuple(label(MAX_CLUSTER_AND_SET - 1), label(MAX_CLUSTER_AND_SET - 1))
      .filter(([cluster, set]) => cluster.length + set.length <= MAX_CLUSTER_AND_SET)
    fc.assert(
      fc.property(pair, fc.integer({min: 1, max: 999}), ([cluster, set], number) => {
        const instance = instanceName(cluster, set, number)
        // A StatefulSet's revision label is its name and eleven more characters.
        expect(`${instance}-0123456789`.length).toBeLessThanOrEqual(63)
        for (const name of [
          ...Object.values(clusterNames(cluster)),
          ...Object.values(instanceNames(instance)),
        ]) {
          expect(name.length).toBeLessThanOrEqual(63)
        }
      }),
    )
  })
})

describe('labels', () => {
  test('a pod carries all labels of its cluster, and the one that Patroni looks for', () => {
    const labels = instancePodLabels('hippo', 'pg', 'hippo-pg-1')
    expect(labels).toMatchObject(clusterLabels('hippo'))
    expect(labels['postgres-operator.crunchydata.com/patroni']).toBe('hippo-ha')
  })

  test('a selector asks for each of them', () => {
    expect(selector(pgUserLabels('hippo', 'app'))).toBe(
      'postgres-operator.crunchydata.com/cluster=hippo,postgres-operator.crunchydata.com/pguser=app,postgres-operator.crunchydata.com/role=pguser',
    )
  })
})
