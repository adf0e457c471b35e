import type {StoreChange} from './store.ts'

interface Entry {
  change: StoreChange
  /** Characters of the object's JSON: what remembering it costs, roughly. */
  size: number
}

/** The last changes in memory, from which watches catch up: so many, and so many characters of JSON. */
export class ChangeLog {
  readonly #most: number
  readonly #mostCharacters: number
  #entries: Entry[] = []
  #characters = 0
  /** Everything after this version is remembered. */
  #start: number

  constructor(start: number, limits: {changes: number; characters: number}) {
    this.#start = start
    this.#most = limits.changes
    this.#mostCharacters = limits.characters
  }

  add(change: StoreChange, size: number): void {
    this.#entries.push({change, size})
    this.#characters += size
    if (this.#entries.length > this.#most || this.#characters > this.#mostCharacters) this.#forget()
  }

  /** Drops a tenth more than it must, so that a full log does not move its whole array for every change. */
  #forget(): void {
    let dropped = 0
    while (dropped < this.#entries.length - 1) {
      const left = this.#entries.length - dropped
      if (left <= this.#most * 0.9 && this.#characters <= this.#mostCharacters * 0.9) break
      this.#characters -= this.#entries[dropped]?.size ?? 0
      dropped++
    }
    this.#start = this.#entries[dropped - 1]?.change.version ?? this.#start
    this.#entries = this.#entries.slice(dropped)
  }

  since(version: number, resource: string): StoreChange[] | undefined {
    if (version < this.#start) return undefined
    const found: StoreChange[] = []
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const change = this.#entries[index]?.change
      if (change === undefined || change.version <= version) break
      if (change.resource === resource) found.push(change)
    }
    return found.reverse()
  }
}
