import {refusedError} from '../../errors.ts'
import type {Addresses} from '../ports.ts'
import {type Cidr, formatAddress, overlaps, parseCidr} from './cidr.ts'

/** A sandbox takes one /16: its lower half for pods, its upper half for Services. */
const candidates = Array.from({length: 50}, (_, index) => `10.${201 + index}.0.0/16`)

/** The addresses of a sandbox whose range is `block`, a /16. */
export function addressesIn(block: string): Addresses {
  const range = parseCidr(block)
  if (range === undefined || range.prefix !== 16) throw new RangeError(`not a /16: ${block}`)
  const services = range.base + 2 ** 15
  return {
    podRange: `${formatAddress(range.base)}/17`,
    serviceRange: `${formatAddress(services)}/17`,
    bridgeIp: formatAddress(range.base + 1),
    apiServiceIp: formatAddress(services + 1),
    dnsServiceIp: formatAddress(services + 10),
    clusterDomain: 'cluster.local',
  }
}

/** The first block that overlaps nothing in use. `taken` are ranges: routes, addresses, other sandboxes. */
export function chooseBlock(taken: readonly string[], wanted?: string): string {
  const inUse = taken.flatMap(text => parseCidr(text) ?? [])
  // A default route covers everything and takes nothing.
  const narrow = inUse.filter(range => range.prefix > 0)
  const isFree = (block: Cidr | undefined) =>
    block !== undefined && !narrow.some(range => overlaps(range, block))
  const found = (wanted === undefined ? candidates : [wanted]).find(block => isFree(parseCidr(block)))
  if (found !== undefined) return found
  throw refusedError('SANDBOX_NO_RANGE', 'no free private address range for the sandbox', {
    ...(wanted === undefined ? {} : {reason: `${wanted} overlaps an address or route of this machine`}),
    hints: [
      'See what is in use: ip route show table all',
      'Name a free /16: pgk sandbox up --range 10.X.0.0/16',
    ],
  })
}
