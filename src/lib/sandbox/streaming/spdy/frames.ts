/** Types of SPDY/3.1 control frames. */
export const FrameType = {
  synStream: 1,
  synReply: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

export const finFlag = 0x01

export type Frame =
  | {readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer}
  | {readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Buffer}

const version = 3
const controlBit = 0x8000
const headSize = 8

function withHead(first: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headSize)
  head.writeUInt32BE(first, 0)
  head.writeUInt32BE(payload.length, 4)
  head.writeUInt8(flags, 4)
  return Buffer.concat([head, payload])
}

export const controlFrame = (type: number, flags: number, payload: Buffer): Buffer =>
  withHead((controlBit | version) * 0x1_0000 + type, flags, payload)

export const dataFrame = (streamId: number, flags: number, payload: Buffer): Buffer =>
  withHead(streamId, flags, payload)

/** A payload of 32-bit numbers. */
export function words(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) data.writeUInt32BE(value >>> 0, index * 4)
  return data
}

/** Splits a stream of bytes into frames; what is not complete waits for the next piece. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0)

  push(piece: Buffer): Frame[] {
    const frames: Frame[] = []
    let data = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece])
    while (data.length >= headSize) {
      const size = headSize + data.readUIntBE(5, 3)
      if (data.length < size) break
      frames.push(parse(data.subarray(0, size)))
      data = data.subarray(size)
    }
    this.rest = data
    return frames
  }
}

function parse(data: Buffer): Frame {
  const flags = data.readUInt8(4)
  const payload = data.subarray(headSize)
  if ((data.readUInt16BE(0) & controlBit) !== 0) {
    return {kind: 'control', type: data.readUInt16BE(2), flags, payload}
  }
  return {kind: 'data', streamId: data.readUInt32BE(0) & 0x7fff_ffff, flags, payload}
}
