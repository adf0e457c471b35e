import type {StoreChange} from './store.ts'

/** The last changes in memory, from which watches catch up. */
export class ChangeLog {
  readonly #size: number
  readonly #changes: StoreChange[] = []
  /** Everything after this version is remembered. */
  #start: number

  constructor(size: number, start: number) {
    this.#size = size
    this.#start = start
  }

  add(change: StoreChange): void {
    this.#changes.push(change)
    // Cut in chunks, so that a full log does not shift its whole array for every change.
    if (this.#changes.length < this.#size * 1.25) return
    const dropped = this.#changes.splice(0, this.#changes.length - this.#size)
    this.#start = dropped.at(-1)?.version ?? this.#start
  }

  since(version: number, resource: string): StoreChange[] | undefined {
    if (version < this.#start) return undefined
    const found: StoreChange[] = []
    for (let index = this.#changes.length - 1; index >= 0; index--) {
      const change = this.#changes[index]
      if (change === undefined || change.version <= version) break
      if (change.resource === resource) found.push(change)
    }
    return found.reverse()
  }
}
