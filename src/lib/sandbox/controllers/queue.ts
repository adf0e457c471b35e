import type {Clock} from './clock.ts'

export interface QueueOptions {
  clock: Clock
  /** Brings one key up to date. May be called again for the same key at any time, never twice at once. */
  sync: (key: string) => void | Promise<void>
  /** Hears of every failed sync; the key is tried again after its back-off. */
  onError: (key: string, error: unknown) => void
}

/**
 * A keyed work queue: a key waiting to be synced is held once, however often it is added; a failure is
 * tried again after 5 ms, doubling up to a minute, until one sync succeeds.
 */
export interface WorkQueue {
  add(key: string): void
  /** Adds the key after a delay in milliseconds. Of several pending delays for one key the earliest counts. */
  addAfter(key: string, milliseconds: number): void
  stop(): void
}

interface Delay {
  due: number
  cancel: () => void
}

const firstRetry = 5
const longestRetry = 60_000
/** Keys synced in one turn of the event loop before requests get their chance again. */
const batch = 32

export function createQueue({clock, sync, onError}: QueueOptions): WorkQueue {
  const waiting = new Set<string>()
  const running = new Set<string>()
  const again = new Set<string>()
  const failures = new Map<string, number>()
  const delays = new Map<string, Delay>()
  let scheduled = false
  let stopped = false

  const schedule = (): void => {
    if (scheduled || stopped || waiting.size === 0) return
    scheduled = true
    clock.soon(drain)
  }

  const add = (key: string): void => {
    if (stopped) return
    if (running.has(key)) {
      again.add(key)
      return
    }
    waiting.add(key)
    schedule()
  }

  const addAfter = (key: string, milliseconds: number): void => {
    if (stopped) return
    const due = clock.now().getTime() + milliseconds
    const pending = delays.get(key)
    if (pending && pending.due <= due) return
    pending?.cancel()
    const cancel = clock.after(milliseconds, () => {
      delays.delete(key)
      add(key)
    })
    delays.set(key, {due, cancel})
  }

  const failed = (key: string, error: unknown): void => {
    if (stopped) return
    const count = failures.get(key) ?? 0
    failures.set(key, count + 1)
    onError(key, error)
    addAfter(key, Math.min(firstRetry * 2 ** count, longestRetry))
  }

  const finish = (key: string): void => {
    running.delete(key)
    if (again.delete(key)) add(key)
  }

  const run = (key: string): void => {
    running.add(key)
    try {
      const work = sync(key)
      if (work instanceof Promise) {
        work
          .then(
            () => failures.delete(key),
            (error: unknown) => failed(key, error),
          )
          .finally(() => finish(key))
        return
      }
      failures.delete(key)
    } catch (error) {
      failed(key, error)
    }
    finish(key)
  }

  const drain = (): void => {
    scheduled = false
    let left = batch
    for (const key of waiting) {
      if (stopped || left === 0) break
      left -= 1
      waiting.delete(key)
      run(key)
    }
    schedule()
  }

  return {
    add,
    addAfter,
    stop: () => {
      stopped = true
      waiting.clear()
      again.clear()
      for (const delay of delays.values()) delay.cancel()
      delays.clear()
    },
  }
}
