import {describe, expect, it} from 'vitest'
import {strays} from '../../../src/lib/decide/stray.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {observed} from '../../fakes/observed.ts'

const prefix = 'postgres-operator.crunchydata.com'
const object = (
  apiVersion: string,
  kind: string,
  name: string,
  labels: Record<string, string>,
): KubeObject => ({
  apiVersion,
  kind,
  metadata: {name, namespace: 'db', labels},
})
const budget = (set: string): KubeObject =>
  object('policy/v1', 'PodDisruptionBudget', `hippo-set-${set}`, {[`${prefix}/instance-set`]: set})
const schedule = (name: string): KubeObject =>
  object('batch/v1', 'CronJob', name, {[`${prefix}/pgbackrest-cronjob`]: 'full'})
const seen = (...objects: KubeObject[]) =>
  observed({
    objects: new Map(Object.entries(Object.groupBy(objects, ({kind}) => kind)).map(([k, v]) => [k, v ?? []])),
  })

describe('strays', () => {
  it('are the schedules that the document no longer has', () => {
    const found = strays(
      seen(schedule('hippo-repo1-full'), schedule('hippo-repo1-diff')),
      [[schedule('hippo-repo1-full')]],
      new Set(),
    )
    expect(found.map(({name}) => name)).toEqual(['hippo-repo1-diff'])
  })

  it('leave a CronJob alone that somebody else labelled as part of the cluster', () => {
    const theirs = object('batch/v1', 'CronJob', 'report', {[`${prefix}/cluster`]: 'hippo'})
    expect(strays(seen(theirs), [], new Set())).toEqual([])
  })

  it('are the disruption budgets of sets that are gone, not while an instance of the set is there', () => {
    const present = seen(budget('pg'), budget('old'))
    expect(strays(present, [[budget('pg')]], new Set(['pg', 'old']))).toEqual([])
    expect(strays(present, [[budget('pg')]], new Set(['pg'])).map(({name}) => name)).toEqual([
      'hippo-set-old',
    ])
  })
})
