/** An IPv4 range of Service addresses as numbers: the first address and how many there are. */
export interface AddressRange {
  first: number
  size: number
  text: string
}

export function addressNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number)
  if (parts.length !== 4 || parts.some(part => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

export const addressText = (value: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')

/** `10.96.0.0/16`; throws on anything else. */
export function parseRange(text: string): AddressRange {
  const [address = '', bits = ''] = text.split('/')
  const base = addressNumber(address)
  const length = Number(bits)
  if (base === undefined || !Number.isInteger(length) || length < 8 || length > 30) {
    throw new RangeError(`${text} is no IPv4 range of a useful size`)
  }
  const size = 2 ** (32 - length)
  return {first: base - (base % size), size, text}
}

/** Neither the network's own address nor the broadcast address can be given out. */
export const inRange = ({first, size}: AddressRange, value: number): boolean =>
  value > first && value < first + size - 1

/** The low addresses are left to Services that ask for theirs, such as the API's and the DNS's. */
export function freeAddress(
  range: AddressRange,
  taken: ReadonlySet<string>,
  start: number,
): string | undefined {
  const reserved = Math.min(32, Math.floor(range.size / 4))
  const usable = range.size - reserved - 1
  for (let step = 0; step < usable; step++) {
    const address = addressText(range.first + reserved + ((start + step) % usable))
    if (!taken.has(address)) return address
  }
  return undefined
}
