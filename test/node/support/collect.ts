import {Readable, Writable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

/** Keeps what is written to it. */
export class Collector extends Writable {
  private readonly pieces: Buffer[] = []

  get text(): string {
    return Buffer.concat(this.pieces).toString('utf8')
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(Buffer.from(piece))
    done()
  }

  /** Waits until the text fulfils the claim. */
  async until(claim: (text: string) => boolean, seconds = 10): Promise<string> {
    const end = Date.now() + seconds * 1000
    while (!claim(this.text)) {
      if (Date.now() > end) throw new Error(`only got: ${this.text}`)
      await sleep(5)
    }
    return this.text
  }
}

export const never = (): AbortSignal => new AbortController().signal

/** An input that stays open. */
export const openInput = (): Readable => new Readable({read: () => undefined})
