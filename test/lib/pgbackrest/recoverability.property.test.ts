import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {chooseRestore} from '../../../src/lib/pgbackrest/choose-restore.ts'
import {recoverability} from '../../../src/lib/pgbackrest/recoverability.ts'
import {ArchiveModel, atMinute, type Operation} from './archive-model.ts'

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      lost: fc.integer({max: 9, min: 0}).map(n => n === 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('backup' as const),
      lost: fc.integer({max: 19, min: 0}).map(n => n === 0),
      late: fc.boolean(),
      damaged: fc.integer({max: 9, min: 0}).map(n => n === 0),
    }),
  },
  {weight: 1, arbitrary: fc.constant({kind: 'failover' as const})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('rewind' as const), by: fc.integer({min: 1, max: 6})})},
)

const life = fc.array(operation, {minLength: 1, maxLength: 40}).map(operations => {
  const model = new ArchiveModel()
  for (const one of operations) model.do(one)
  // What was archived last has arrived: the model's present is not inside a fork.
  model.do({kind: 'write', lost: false})
  return model
})

/** A life whose archive was away at the end, and has got so much of it by now. */
const late = fc
  .tuple(life, fc.integer({min: 1, max: 12}), fc.nat({max: 12}))
  .map(([model, segments, arrived]) => {
    model.outage(segments, Math.min(arrived, segments))
    return model
  })

/** Moments away from the edges, where "before" and "at" would need more than whole seconds. */
const moments = (model: ArchiveModel): number[] =>
  Array.from({length: (model.minutes + 5) * 2 - 1}, (_, index) => index / 2 + 0.2)

describe('the calculator against trying everything', () => {
  it('chooses a set exactly for the moments that some set and its WAL reach', () => {
    fc.assert(
      fc.property(life, fc.boolean(), (model, caughtUp) => {
        const facts = model.facts(caughtUp)
        for (const at of moments(model)) {
          const choice = chooseRestore({point: {kind: 'time', at: atMinute(at)}}, facts)
          expect([at, choice.reachable, choice]).toEqual([at, model.reachable(at, caughtUp), choice])
        }
      }),
      {numRuns: 300},
    )
  })

  it('draws windows and gaps around exactly those moments', () => {
    fc.assert(
      fc.property(life, fc.boolean(), (model, caughtUp) => {
        const facts = model.facts(caughtUp)
        const window = recoverability(facts).windows.find(({timeline}) => timeline === model.timeline)
        for (const at of moments(model)) {
          const time = atMinute(at).toISOString()
          const inside =
            window !== undefined &&
            window.start <= time &&
            time <= window.end &&
            !window.gaps.some(gap => gap.start < time && time < gap.end)
          // While the archiver has everything, what cannot be reached after the beginning has a gap to name it.
          const named = window?.gaps.some(gap => gap.start <= time && time <= gap.end) ?? false
          if (caughtUp && window !== undefined && window.start < time)
            expect([at, named || inside]).toEqual([at, true])
          expect([at, inside, window]).toEqual([at, model.reachable(at, caughtUp), window])
        }
      }),
      {numRuns: 300},
    )
  })

  it('names a set whose WAL is there from its first to its last file, and a nearest moment that is reachable', () => {
    fc.assert(
      fc.property(life, fc.boolean(), fc.nat({max: 90}), (model, caughtUp, half) => {
        const facts = model.facts(caughtUp)
        const at = half / 2 + 0.2
        const choice = chooseRestore({point: {kind: 'time', at: atMinute(at)}}, facts)
        if (choice.reachable) {
          expect(choice.set.finishedAt < atMinute(at)).toBe(true)
          expect(choice.timeline).toBe(model.timeline)
          return
        }
        for (const near of [choice.nearest.before, choice.nearest.after]) {
          if (near === undefined) continue
          const again = chooseRestore({point: {kind: 'time', at: near}}, facts)
          expect([near, again.reachable, again]).toEqual([near, true, again])
        }
      }),
      {numRuns: 300},
    )
  })

  it('draws the end where writing was, not where archiving is, while the archiver catches up', () => {
    fc.assert(
      fc.property(late, model => {
        const facts = model.facts(true)
        const {windows, rpoSeconds} = recoverability(facts)
        const window = windows.find(({timeline}) => timeline === model.timeline)
        for (const at of moments(model)) {
          const choice = chooseRestore({point: {kind: 'time', at: atMinute(at)}}, facts)
          expect([at, choice.reachable, choice]).toEqual([at, model.reachable(at, true), choice])
          if (window !== undefined && atMinute(at).toISOString() > window.end)
            expect([at, model.reachable(at, true)]).toEqual([at, false])
        }
        if (window === undefined) return
        expect(rpoSeconds).toBe(Math.round((facts.now.getTime() - Date.parse(window.end)) / 1000))
      }),
      {numRuns: 300},
    )
  })

  it('where nobody leads, is never certain of what is not there, and never refuses what is', () => {
    fc.assert(
      fc.property(late, model => {
        const facts = {...model.facts(false), archiver: undefined}
        for (const at of moments(model)) {
          const choice = chooseRestore({point: {kind: 'time', at: atMinute(at)}}, facts)
          const truly = model.reachable(at, false)
          if (truly) expect([at, choice.reachable, choice]).toEqual([at, true, choice])
          if (choice.reachable && choice.certain) expect([at, truly, choice]).toEqual([at, true, choice])
        }
      }),
      {numRuns: 300},
    )
  })

  it('more backups never make less restorable', () => {
    fc.assert(
      fc.property(life, model => {
        const facts = model.facts(true)
        const fewer = {...facts, backups: facts.backups.slice(1)}
        for (const at of moments(model)) {
          const target = {point: {kind: 'time' as const, at: atMinute(at)}}
          if (chooseRestore(target, fewer).reachable)
            expect(chooseRestore(target, facts).reachable).toBe(true)
        }
      }),
      {numRuns: 100},
    )
  })
})
