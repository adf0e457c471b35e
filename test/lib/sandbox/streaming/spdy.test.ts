import fc from 'fast-check'
import {expect, test} from 'vitest'
import {headerDictionary} from '../../../../src/lib/sandbox/streaming/spdy/dictionary.ts'
import {
  controlFrame,
  dataFrame,
  FrameReader,
  FrameType,
  words,
} from '../../../../src/lib/sandbox/streaming/spdy/frames.ts'
import {
  decode,
  encode,
  HeaderReader,
  HeaderWriter,
} from '../../../../src/lib/sandbox/streaming/spdy/headers.ts'

function adler32(data: Buffer): number {
  let [low, high] = [1, 0]
  for (const byte of data) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}

test('the dictionary is the one of SPDY/3, by its published checksum', () => {
  expect(headerDictionary.length).toBe(1423)
  expect(adler32(headerDictionary).toString(16)).toBe('e3c6a7c2')
})

test('frames have the published layout', () => {
  expect(controlFrame(FrameType.ping, 0, words(7)).toString('hex')).toBe('8003000600000004' + '00000007')
  expect(dataFrame(5, 1, Buffer.from('ab')).toString('hex')).toBe('00000005' + '01000002' + '6162')
})

test('frames are the same however their bytes arrive', () => {
  const frames = fc.array(
    fc.record({
      id: fc.integer({min: 1, max: 2 ** 31 - 1}),
      flags: fc.constantFrom(0, 1),
      data: fc.uint8Array(),
    }),
  )
  fc.assert(
    fc.property(frames, fc.integer({min: 1, max: 11}), (wanted, size) => {
      const bytes = Buffer.concat(wanted.map(({id, flags, data}) => dataFrame(id, flags, Buffer.from(data))))
      const reader = new FrameReader()
      const found: unknown[] = []
      for (let at = 0; at < bytes.length; at += size) {
        for (const frame of reader.push(bytes.subarray(at, at + size))) {
          if (frame.kind === 'data') found.push([frame.streamId, frame.flags, [...frame.payload]])
        }
      }
      expect(found).toEqual(wanted.map(({id, flags, data}) => [id, flags, [...data]]))
    }),
  )
})

test('headers survive, block after block of one connection', async () => {
  const [writer, reader] = [new HeaderWriter(), new HeaderReader()]
  const blocks = [
    {streamtype: 'data', port: '5432'},
    {},
    {streamtype: 'error', port: '5432', requestid: '12'},
  ]
  for (const block of blocks) expect(await reader.read(await writer.write(block))).toEqual(block)
})

test('a block of headers that is cut short is refused', () => {
  const block = encode({name: 'value'})
  expect(decode(block)).toEqual({name: 'value'})
  expect(() => decode(block.subarray(0, 6))).toThrow(RangeError)
})
