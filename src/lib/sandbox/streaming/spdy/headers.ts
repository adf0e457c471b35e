import {constants, createDeflate, createInflate, type Deflate, type Inflate} from 'node:zlib'
import {headerDictionary} from './dictionary.ts'

export type Headers = Readonly<Record<string, string>>

function takeOutput(stream: Deflate | Inflate, action: (done: () => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const collect = (piece: Buffer) => pieces.push(piece)
    stream.on('data', collect)
    stream.once('error', reject)
    action(() => {
      stream.off('data', collect)
      stream.off('error', reject)
      resolve(Buffer.concat(pieces))
    })
  })
}

/** One direction's header compression, whose state lasts as long as the connection. Calls must not overlap. */
export class HeaderWriter {
  private readonly deflate = createDeflate({dictionary: headerDictionary})

  write(headers: Headers): Promise<Buffer> {
    return takeOutput(this.deflate, done => {
      this.deflate.write(encode(headers))
      this.deflate.flush(constants.Z_SYNC_FLUSH, done)
    })
  }
}

export class HeaderReader {
  private readonly inflate = createInflate({dictionary: headerDictionary})

  async read(block: Buffer): Promise<Headers> {
    const plain = await takeOutput(this.inflate, done => {
      this.inflate.write(block)
      this.inflate.flush(constants.Z_SYNC_FLUSH, done)
    })
    return decode(plain)
  }
}

function lengthPrefixed(text: string): Buffer[] {
  const data = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return [length, data]
}

/** Pure. A block of names and values before compression. */
export function encode(headers: Headers): Buffer {
  const entries = Object.entries(headers)
  const count = Buffer.alloc(4)
  count.writeUInt32BE(entries.length)
  return Buffer.concat([count, ...entries.flatMap(([name, value]) => [name, value].flatMap(lengthPrefixed))])
}

/** Pure. Throws `RangeError` on a block that is cut short. */
export function decode(block: Buffer): Headers {
  let at = 4
  const text = (): string => {
    const length = block.readUInt32BE(at)
    at += 4 + length
    return block.toString('utf8', at - length, at)
  }
  const count = block.readUInt32BE(0)
  const headers: Record<string, string> = {}
  for (let index = 0; index < count; index++) {
    const name = text()
    headers[name.toLowerCase()] = text()
  }
  return headers
}
