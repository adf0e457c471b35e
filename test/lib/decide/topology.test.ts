import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {planTopology} from '../../../src/lib/decide/topology.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import type {CompleteCluster} from '../../../src/lib/model/document.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {instance, observed, pod} from '../../fakes/observed.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const wanted = (replicas: number, spec: Record<string, unknown> = {}, name = 'pg'): CompleteCluster =>
  withDefaults(
    parseDocument(
      {
        apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
        kind: 'PostgresCluster',
        metadata: {name: 'hippo', namespace: 'db'},
        spec: {
          postgresVersion: 17,
          instances: [{name, replicas, dataVolumeClaimSpec: claim}],
          ...spec,
        },
      },
      'test',
    ),
  )
const leads = (number: number) => ({state: 'held', leader: `hippo-pg-${number}-0`, ageSeconds: 1}) as const
const sets = (topology: ReturnType<typeof planTopology>): string[] =>
  topology.prune.filter(({kind}) => kind === 'StatefulSet').map(({name}) => name)

describe('planTopology', () => {
  it('removes instances beyond what is wanted, never the leader', () => {
    const topology = planTopology(wanted(1), {}, observed())
    expect(sets(topology)).toEqual(['hippo-pg-3', 'hippo-pg-2'])
    expect(topology.instances.map(({name}) => name)).toEqual(['hippo-pg-1'])
  })

  it('removes nothing while it is unknown who leads', () => {
    for (const leadership of [
      {state: 'none'} as const,
      {state: 'expired', leader: 'hippo-pg-3-0', ageSeconds: 60} as const,
    ]) {
      const topology = planTopology(wanted(1), {}, observed({leadership}))
      expect(topology.prune).toEqual([])
      expect(topology.waiting).toContain('who leads')
    }
  })

  it('removes nothing that serves while one that stays does not', () => {
    const starting = instance(2, {pod: pod('hippo-pg-2-0', {ready: false})})
    const topology = planTopology(wanted(2), {}, observed({instances: [instance(1), starting, instance(3)]}))
    expect(topology.prune).toEqual([])
    expect(topology.leaving.map(({kind, name}) => `${kind}/${name}`)).toContain('StatefulSet/hippo-pg-3')
    expect(topology.waiting).toContain('hippo-pg-2 serves')
  })

  it('keeps all of a set that is replaced until the new one serves and has taken over', () => {
    const topology = planTopology(wanted(2, {}, 'new'), {}, observed())
    expect(topology.prune).toEqual([])
    expect(topology.actions).toEqual([])
  })

  it('keeps the instance with the newest data of a cluster that is shut down', () => {
    const stopped = observed({
      leadership: {state: 'none'},
      instances: [1, 2, 3].map(number => instance(number, {pod: undefined, member: undefined})),
    })
    const status = {startupInstance: 'hippo-pg-3'}
    const topology = planTopology(wanted(1), status, stopped)
    expect(topology.instances).toMatchObject([{name: 'hippo-pg-3', running: true}])
    expect(topology.prune).toEqual([])
  })

  it('starts every instance when the one with the newest data is not there any more', () => {
    const stopped = observed({leadership: {state: 'none'}})
    const topology = planTopology(wanted(3), {startupInstance: 'hippo-pg-9'}, stopped)
    expect(topology.instances.every(({running}) => running)).toBe(true)
  })

  it('never prunes the leader, whatever is wanted and whatever is seen', () => {
    const ready = fc.array(fc.boolean(), {minLength: 3, maxLength: 3})
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 5}),
        fc.integer({min: 1, max: 3}),
        ready,
        fc.constantFrom('pg', 'other'),
        (replicas, leader, states, set) => {
          const instances = states.map((state, index) =>
            instance(index + 1, {pod: pod(`hippo-pg-${index + 1}-0`, {ready: state})}),
          )
          const seen = observed({instances, leadership: leads(leader)})
          expect(sets(planTopology(wanted(replicas, {}, set), {}, seen))).not.toContain(`hippo-pg-${leader}`)
        },
      ),
    )
  })
})
