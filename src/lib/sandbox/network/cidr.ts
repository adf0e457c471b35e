/** An IPv4 range as numbers: first address and prefix length. */
export interface Cidr {
  base: number
  prefix: number
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((total, part) => total * 256 + Number(part), 0)
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** Reads `10.0.0.0/8`; an address alone is a range of one. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '32'] = text.split('/')
  const base = parseAddress(address)
  const prefix = Number(length)
  if (base === undefined || !/^\d{1,2}$/.test(length) || prefix > 32) return undefined
  return {base: base - (base % sizeOf(prefix)), prefix}
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.base < other.base + sizeOf(other.prefix) && other.base < one.base + sizeOf(one.prefix)
}

export function contains(range: Cidr, address: number): boolean {
  return address >= range.base && address < range.base + sizeOf(range.prefix)
}

function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix)
}
