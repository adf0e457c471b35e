import type {Clock} from '../../src/lib/ports.ts'

export interface FakeClock extends Clock {
  /** Every sleep asked for, in milliseconds. */
  slept: number[]
}

/** A clock whose sleeps pass at once and move its time forward. */
export function fakeClock(start = new Date('2026-01-01T00:00:00Z')): FakeClock {
  let now = start.getTime()
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(now),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      slept.push(milliseconds)
      now += milliseconds
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
}
