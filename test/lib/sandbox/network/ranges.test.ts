import {describe, expect, test} from 'vitest'
import {contains, overlaps, parseCidr} from '../../../../src/lib/sandbox/network/cidr.ts'
import {addressesIn, chooseBlock} from '../../../../src/lib/sandbox/network/ranges.ts'

const cidr = (text: string) => {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}

describe('address ranges', () => {
  test('a range overlaps what it contains, what contains it and itself, but not its neighbour', () => {
    const block = cidr('10.201.0.0/16')
    for (const other of ['10.201.7.0/24', '10.0.0.0/8', '10.201.0.0/16', '10.201.255.255'])
      expect(overlaps(block, cidr(other)), other).toBe(true)
    for (const other of ['10.202.0.0/16', '10.200.255.255', '192.168.0.0/16'])
      expect(overlaps(block, cidr(other)), other).toBe(false)
  })

  test('text that is no range is refused', () => {
    for (const text of ['', '10.0.0', '10.0.0.256', '10.0.0.0/33', 'a.b.c.d', '10.0.0.0/x'])
      expect(parseCidr(text), text).toBeUndefined()
  })

  test('pods, Services and the bridge of one sandbox lie apart in one block', () => {
    const addresses = addressesIn('10.203.0.0/16')
    expect(addresses).toMatchObject({podRange: '10.203.0.0/17', serviceRange: '10.203.128.0/17'})
    expect(overlaps(cidr(addresses.podRange), cidr(addresses.serviceRange))).toBe(false)
    const inServices = (address: string) => contains(cidr(addresses.serviceRange), cidr(address).base)
    expect([addresses.apiServiceIp, addresses.dnsServiceIp].every(inServices)).toBe(true)
    expect(contains(cidr(addresses.podRange), cidr(addresses.bridgeIp).base)).toBe(true)
  })

  test('the first block that no route touches is chosen, and a default route touches none', () => {
    expect(chooseBlock(['0.0.0.0/0', '10.201.4.0/24', '10.202.0.0/15'])).toBe('10.204.0.0/16')
  })

  test('a machine whose routes take all of 10.0.0.0/8 is told so', () => {
    expect(() => chooseBlock(['10.0.0.0/8'])).toThrow(/no free private address range/)
  })

  test('a wanted block that is in use is refused instead of replaced', () => {
    expect(() => chooseBlock(['10.209.1.1'], '10.209.0.0/16')).toThrow(
      expect.objectContaining({reason: expect.stringContaining('10.209.0.0/16')}),
    )
  })
})
