/** One field as it is on the wire: a number, or bytes whose meaning the message knows. */
export interface WireField {
  number: number
  value: bigint | Uint8Array
}

class Reader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length
  }

  varint(): bigint {
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#offset++]
      if (byte === undefined) break
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, result)
    }
    throw new Error('proto: a number is cut off')
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#bytes.length) throw new Error('proto: a field is cut off')
    const part = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return part
  }
}

/** The fields of one protobuf message, in the order they come. */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  const reader = new Reader(bytes)
  while (!reader.done) {
    const tag = Number(reader.varint())
    const number = tag >>> 3
    switch (tag & 7) {
      case 0:
        yield {number, value: reader.varint()}
        break
      case 1:
        yield {number, value: reader.take(8)}
        break
      case 2:
        yield {number, value: reader.take(Number(reader.varint()))}
        break
      case 5:
        yield {number, value: reader.take(4)}
        break
      default:
        throw new Error(`proto: illegal wire type ${tag & 7}`)
    }
  }
}

export const textOfBytes = (value: bigint | Uint8Array): string =>
  typeof value === 'bigint' ? '' : Buffer.from(value).toString('utf8')
