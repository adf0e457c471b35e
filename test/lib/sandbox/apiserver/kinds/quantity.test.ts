import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  canonicalMilli,
  formatQuantity,
  isQuantity,
  nanoOf,
  parseQuantity,
} from '../../../../../src/lib/sandbox/apiserver/kinds/quantity.ts'

test.each([
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['0.5', '500m'],
  ['1500m', '1500m'],
  ['1.5Gi', '1536Mi'],
  ['1000', '1k'],
  ['1e3', '1e3'],
  ['100n', '1m'],
  ['0', '0'],
  ['2048', '2048'],
  ['512Ki', '512Ki'],
])('%s is written %s in a resource list', (given, canonical) => {
  expect(canonicalMilli(given)).toBe(canonical)
})

test.each(['', 'x', '1 Gi', '1gi', '1..2', 'Gi', '1Kii', '--1', '1e'])('%j is no quantity', text => {
  expect(isQuantity(text)).toBe(false)
})

test('binary and decimal suffixes compare by amount', () => {
  expect(nanoOf('1Gi')).toBe(nanoOf('1073741824'))
  expect(nanoOf('1G') < nanoOf('1Gi')).toBe(true)
  expect(nanoOf(2)).toBe(nanoOf('2000m'))
})

test('writing and reading an amount changes nothing', () => {
  const formats = fc.constantFrom('binary' as const, 'decimal' as const, 'exponent' as const)
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 24n), 10n ** 24n), formats, (nano, format) => {
      expect(parseQuantity(formatQuantity({nano, format}))?.nano).toBe(nano)
    }),
  )
})
