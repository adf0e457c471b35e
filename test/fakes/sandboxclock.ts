import type {Clock} from '../../src/lib/sandbox/controllers/clock.ts'

interface Timer {
  due: number
  action: () => void
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #time: number
  #ready: (() => void)[] = []
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#time = Date.parse(start)
  }

  now = (): Date => new Date(this.#time)

  soon(action: () => void): void {
    this.#ready.push(action)
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = {due: this.#time + milliseconds, action}
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      await new Promise(resolve => setImmediate(resolve))
      const ready = this.#ready
      this.#ready = []
      for (const action of ready) action()
      if (ready.length > 0) quiet = -1
    }
  }

  /** Moves time forward, firing timers in order and settling after each. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds
    await this.settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next)
      this.#time = Math.max(this.#time, next.due)
      next.action()
      await this.settle()
    }
    this.#time = end
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(timer => timer.due <= end)
    return due.sort((a, b) => a.due - b.due)[0]
  }
}
