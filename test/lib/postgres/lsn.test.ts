import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatLsn, parseLsn} from '../../../src/lib/postgres/lsn.ts'

describe('a WAL position', () => {
  it('reads as Postgres prints it', () => {
    expect(parseLsn('0/3000060')).toBe(50331744)
    expect(parseLsn('1/0')).toBe(4294967296)
    expect(formatLsn(4294967297)).toBe('1/1')
  })

  it('survives being printed and read', () => {
    fc.assert(
      fc.property(fc.nat({max: Number.MAX_SAFE_INTEGER}), bytes => parseLsn(formatLsn(bytes)) === bytes),
    )
  })

  it.each(['', '0', '0/', 'x/1', '0/100000000', '0/1 ', 'FFFFFFFF/FFFFFFFF'])('is not read from %j', text => {
    expect(parseLsn(text)).toBeUndefined()
  })
})
