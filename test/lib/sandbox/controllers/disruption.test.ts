import type {PodDisruptionBudgetSpec} from 'kubernetes-types/policy/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startDisruption} from '../../../../src/lib/sandbox/controllers/disruption/controller.ts'
import {podDisruptionBudgets, pods, statefulSets} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

async function clusterWith(spec: PodDisruptionBudgetSpec, ready: number): Promise<Cluster> {
  const cluster = await new Cluster().start(startDisruption)
  const labels = {app: 'db'}
  const set = cluster.registry.create(statefulSets, {
    metadata: {name: 'set', namespace: 'db'},
    spec: {replicas: 4, serviceName: 's', selector: {matchLabels: labels}, template: {}},
  })
  const ownerReferences = [
    {apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'set', uid: set.metadata?.uid ?? '', controller: true},
  ]
  for (const name of ['set-0', 'set-1', 'set-2']) {
    cluster.registry.create(pods, {
      metadata: {name, namespace: 'db', labels, ownerReferences},
      spec: podSpec(),
    })
  }
  const budget = {metadata: {name: 'pdb', namespace: 'db'}, spec: {selector: {matchLabels: labels}, ...spec}}
  cluster.registry.create(podDisruptionBudgets, budget)
  await cluster.settle()
  for (let index = 0; index < ready; index += 1) await cluster.ready(`set-${index}`)
  return cluster
}

const status = (cluster: Cluster) => cluster.registry.get(podDisruptionBudgets, 'db', 'pdb')?.status

describe('a disruption budget', () => {
  it('allows what is healthy beyond minAvailable', async () => {
    const cluster = await clusterWith({minAvailable: 1}, 3)
    expect(status(cluster)).toMatchObject({
      observedGeneration: 1,
      disruptionsAllowed: 2,
      currentHealthy: 3,
      desiredHealthy: 1,
      expectedPods: 3,
      conditions: [{type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods'}],
    })
  })

  it('counts maxUnavailable and percentages from what the controllers want', async () => {
    expect(status(await clusterWith({maxUnavailable: 1}, 3))).toMatchObject({
      expectedPods: 4,
      desiredHealthy: 3,
      disruptionsAllowed: 0,
    })
    expect(status(await clusterWith({minAvailable: '50%'}, 3))).toMatchObject({
      expectedPods: 4,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
    })
  })

  it('allows nothing while too few are ready', async () => {
    const cluster = await clusterWith({minAvailable: 2}, 1)
    expect(status(cluster)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{status: 'False', reason: 'InsufficientPods'}],
    })
  })

  it('counts an evicted pod as gone for two minutes, then as not evicted', async () => {
    const cluster = await clusterWith({minAvailable: 1}, 3)
    cluster.registry.modify(
      podDisruptionBudgets,
      'db',
      'pdb',
      draft => {
        if (draft.status) draft.status.disruptedPods = {'set-0': cluster.clock.now().toISOString()}
      },
      'status',
    )
    await cluster.settle()
    expect(status(cluster)).toMatchObject({currentHealthy: 2, disruptionsAllowed: 1})
    await cluster.clock.advance(120_000)
    expect(status(cluster)).toMatchObject({currentHealthy: 3, disruptionsAllowed: 2})
    expect(status(cluster)?.disruptedPods).toBeUndefined()
  })
})
