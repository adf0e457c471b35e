import {describe, expect, it} from 'vitest'
import {createQueue} from '../../../../src/lib/sandbox/controllers/queue.ts'
import {FakeClock} from '../../../fakes/sandboxclock.ts'

function queueOf(sync: (key: string) => void | Promise<void>) {
  const clock = new FakeClock()
  const failed: string[] = []
  const queue = createQueue({clock, sync, onError: key => failed.push(key)})
  return {clock, queue, failed}
}

describe('a work queue', () => {
  it('syncs a key once however often it was added', async () => {
    const seen: string[] = []
    const {clock, queue} = queueOf(key => void seen.push(key))
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    await clock.settle()
    expect(seen).toEqual(['a', 'b'])
  })

  it('tries a failed key again with growing delays until it succeeds', async () => {
    let runs = 0
    const {clock, queue, failed} = queueOf(() => {
      runs += 1
      if (runs < 4) throw new Error('not yet')
    })
    queue.add('a')
    await clock.settle()
    expect(runs).toBe(1)
    await clock.advance(5)
    expect(runs).toBe(2)
    await clock.advance(9)
    expect(runs).toBe(2)
    await clock.advance(100)
    expect(runs).toBe(4)
    expect(failed).toHaveLength(3)
  })

  it('never runs one key twice at once, and runs it again when it changed meanwhile', async () => {
    const gates: (() => void)[] = []
    const {clock, queue} = queueOf(() => new Promise(resolve => gates.push(resolve)))
    queue.add('a')
    await clock.settle()
    queue.add('a')
    await clock.settle()
    expect(gates).toHaveLength(1)
    gates[0]?.()
    await clock.settle()
    expect(gates).toHaveLength(2)
  })

  it('keeps the earliest of several delays', async () => {
    let runs = 0
    const {clock, queue} = queueOf(() => {
      runs += 1
    })
    queue.addAfter('a', 1000)
    queue.addAfter('a', 10)
    queue.addAfter('a', 500)
    await clock.advance(10)
    expect(runs).toBe(1)
    await clock.advance(2000)
    expect(runs).toBe(1)
  })

  it('does nothing after it was stopped', async () => {
    let runs = 0
    const {clock, queue} = queueOf(() => {
      runs += 1
    })
    queue.addAfter('a', 10)
    queue.add('b')
    queue.stop()
    await clock.advance(100)
    expect(runs).toBe(0)
  })
})
