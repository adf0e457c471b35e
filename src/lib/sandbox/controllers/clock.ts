/** Time as controllers see it, so that tests decide when it passes. */
export interface Clock {
  now(): Date
  /** Calls `action` once after this many milliseconds; the result cancels it. */
  after(milliseconds: number, action: () => void): () => void
  /** Calls `action` in a later turn of the event loop, after pending input and output had their chance. */
  soon(action: () => void): void
}

/** Node's timers cannot wait longer than this; a longer delay fires early and the caller looks again. */
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => new Date(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, Math.min(Math.max(milliseconds, 0), longestTimer))
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: action => {
    setImmediate(action)
  },
}

/** A time as Kubernetes writes it: whole seconds. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

/** Milliseconds since the epoch of a Kubernetes time, or undefined when there is none. */
export function millisecondsOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined
  const value = Date.parse(time)
  return Number.isNaN(value) ? undefined : value
}
