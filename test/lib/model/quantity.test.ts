import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  compareQuantities,
  formatBytes,
  formatMillis,
  isQuantity,
  quantityBytes,
  quantityMillis,
} from '../../../src/lib/model/quantity.ts'

describe('quantities', () => {
  test.each([
    ['20Gi', 21474836480],
    ['1G', 1e9],
    ['0.5Mi', 524288],
    ['1e3', 1000],
    ['1E', 1e18],
    ['100m', 1],
    [7, 7],
    ['.5', 1],
    ['1.5e2', 150],
  ])('%s is %d bytes, rounded up', (text, bytes) => {
    expect(quantityBytes(text)).toBe(bytes)
  })

  test.each([
    ['500m', 500],
    ['2', 2000],
    [0.25, 250],
    ['1u', 1],
  ])('%s is %d thousandths', (text, millis) => {
    expect(quantityMillis(text)).toBe(millis)
  })

  test.each(['', 'much', '1 Gi', '1gi', '1KiB', 'Gi', '1.2.3', '--1', '1e', 'NaN', 'Infinity'])(
    '%j is no quantity',
    text => {
      expect(isQuantity(text)).toBe(false)
      expect(quantityBytes(text)).toBeUndefined()
      expect(compareQuantities(text, 1)).toBeUndefined()
    },
  )

  test('one size in different units is equal, exactly', () => {
    expect(compareQuantities('1Gi', 1073741824)).toBe(0)
    expect(compareQuantities('9007199254740993', '9007199254740992')).toBe(1)
    expect(compareQuantities('999m', 1)).toBe(-1)
  })

  test('formatting bytes loses nothing', () => {
    fc.assert(
      fc.property(fc.nat({max: Number.MAX_SAFE_INTEGER}), bytes => {
        expect(quantityBytes(formatBytes(bytes))).toBe(bytes)
      }),
    )
    expect(formatBytes(21474836480)).toBe('20Gi')
  })

  test('formatting processors loses nothing', () => {
    fc.assert(
      fc.property(fc.nat({max: 1e9}), millis => {
        expect(quantityMillis(formatMillis(millis))).toBe(millis)
      }),
    )
  })

  test('comparing agrees with the sizes, and is antisymmetric', () => {
    const size = fc.tuple(fc.nat({max: 5000}), fc.constantFrom('', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'))
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [left, right] = [a.join(''), b.join('')]
        const order = compareQuantities(left, right)
        expect(order).toBe(Math.sign((quantityBytes(left) ?? 0) - (quantityBytes(right) ?? 0)) || 0)
        expect(order === undefined ? undefined : -order || 0).toBe(compareQuantities(right, left))
      }),
    )
  })
})
