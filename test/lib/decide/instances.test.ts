import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {planInstances} from '../../../src/lib/decide/instances.ts'

const names = (list: readonly {name: string}[]) => list.map(instance => instance.name)

describe('planInstances', () => {
  it('numbers a new set from one', () => {
    const plan = planInstances('hippo', [{name: 'pg', replicas: 3}], [])
    expect(names(plan.keep)).toEqual(['hippo-pg-1', 'hippo-pg-2', 'hippo-pg-3'])
    expect(plan.remove).toEqual([])
  })

  it('fills the lowest gap, so that a kept volume is used again', () => {
    const found = [1, 3].map(n => ({name: `hippo-pg-${n}`, set: 'pg', leads: n === 3}))
    expect(names(planInstances('hippo', [{name: 'pg', replicas: 3}], found).keep)).toEqual([
      'hippo-pg-1',
      'hippo-pg-2',
      'hippo-pg-3',
    ])
  })

  it('never removes the leader, even when it has the highest number', () => {
    const found = [1, 2, 3].map(n => ({name: `hippo-pg-${n}`, set: 'pg', leads: n === 3}))
    const plan = planInstances('hippo', [{name: 'pg', replicas: 1}], found)
    expect(names(plan.keep)).toEqual(['hippo-pg-3'])
    expect(names(plan.remove)).toEqual(['hippo-pg-2', 'hippo-pg-1'])
  })

  it('keeps instances whose names another tool gave', () => {
    const found = [{name: 'hippo-00-x7kq', set: '00', leads: true}]
    const plan = planInstances('hippo', [{name: '00', replicas: 2}], found)
    expect(names(plan.keep)).toEqual(['hippo-00-1', 'hippo-00-x7kq'])
  })

  it('removes a set that is no longer wanted, its leader last', () => {
    const found = [
      {name: 'hippo-a-1', set: 'a', leads: true},
      {name: 'hippo-a-2', set: 'a', leads: false},
      {name: 'hippo-b-1', set: 'b', leads: false},
    ]
    const plan = planInstances('hippo', [{name: 'b', replicas: 1}], found)
    expect(names(plan.remove)).toEqual(['hippo-a-2', 'hippo-a-1'])
  })

  it('always gives exactly the wanted number, with distinct names, and is stable when applied again', () => {
    const sets = fc.uniqueArray(
      fc.record({name: fc.constantFrom('a', 'b', 'c'), replicas: fc.integer({min: 1, max: 6})}),
      {selector: set => set.name, minLength: 1},
    )
    const found = fc.uniqueArray(
      fc.record({set: fc.constantFrom('a', 'b', 'c'), number: fc.integer({min: 1, max: 9})}),
      {selector: ({set, number}) => `${set}-${number}`},
    )
    fc.assert(
      fc.property(sets, found, (wanted, seen) => {
        const present = seen.map(({set, number}, index) => ({
          name: `hippo-${set}-${number}`,
          set,
          leads: index === 0,
        }))
        const plan = planInstances('hippo', wanted, present)
        for (const set of wanted) {
          expect(plan.keep.filter(instance => instance.set === set.name)).toHaveLength(set.replicas)
        }
        expect(new Set(names(plan.keep)).size).toBe(plan.keep.length)
        const again = planInstances(
          'hippo',
          wanted,
          plan.keep.map(instance => ({name: instance.name, set: instance.set, leads: false})),
        )
        expect(names(again.keep)).toEqual(names(plan.keep))
        expect(again.remove).toEqual([])
      }),
    )
  })
})
