/** A Kubernetes quantity such as `100m`, `1Gi`, `1e3`: an exact amount in nano units and its notation. */
export interface Quantity {
  nano: bigint
  format: 'binary' | 'decimal' | 'exponent'
}

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]

const notation = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/

const power = (base: bigint, exponent: number): bigint => base ** BigInt(exponent)

/** Rounds away from zero, as Kubernetes does with what is finer than it can hold. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  if (value % divisor === 0n) return quotient
  return value > 0n ? quotient + 1n : quotient - 1n
}

function scaled(digits: bigint, exponent: number): bigint {
  return exponent >= 0 ? digits * power(10n, exponent) : divideUp(digits, power(10n, -exponent))
}

export function parseQuantity(text: string): Quantity | undefined {
  const match = notation.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || whole + fraction === '') return undefined
  const suffix = match[4] ?? ''
  const digits = BigInt(`${match[1] === '-' ? '-' : ''}${whole}${fraction}`)
  if (suffix.endsWith('i')) {
    const nano = digits * power(1024n, binary.indexOf(suffix)) * power(10n, 9)
    return {nano: divideUp(nano, power(10n, fraction.length)), format: 'binary'}
  }
  const isExponent = /^[eE][+-]?\d/.test(suffix)
  const exponent = isExponent
    ? Number(suffix.slice(1))
    : (decimal.find(([name]) => name === suffix)?.[1] ?? 0)
  if (Math.abs(exponent) > 40) return undefined
  return {nano: scaled(digits, exponent + 9 - fraction.length), format: isExponent ? 'exponent' : 'decimal'}
}

export const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && parseQuantity(value) !== undefined)

/** The amount in nano units; 0 for what is no quantity. */
export function nanoOf(value: unknown): bigint {
  if (typeof value !== 'string' && typeof value !== 'number') return 0n
  return parseQuantity(String(value))?.nano ?? 0n
}

/** `1000m` → `1`, `1024Mi` → `1Gi`, rounded up to thousandths as resource lists are. Others stay. */
export function canonicalMilli(text: string): string {
  const parsed = parseQuantity(text.trim())
  if (!parsed) return text
  return formatQuantity({...parsed, nano: divideUp(parsed.nano, 1_000_000n) * 1_000_000n})
}

export function formatQuantity({nano, format}: Quantity): string {
  if (nano === 0n) return '0'
  const one = power(10n, 9)
  const isWhole = nano % one === 0n
  if (format === 'binary' && isWhole && (nano >= 1024n * one || nano <= -1024n * one)) {
    return formatBinary(nano / one)
  }
  return formatDecimal(nano, format === 'exponent')
}

function formatBinary(value: bigint): string {
  let amount = value
  let index = 0
  while (index < binary.length - 1 && amount % 1024n === 0n) {
    amount /= 1024n
    index++
  }
  return `${amount}${binary[index] ?? ''}`
}

function formatDecimal(nano: bigint, asExponent: boolean): string {
  let amount = nano
  let index = 0
  while (index < decimal.length - 1 && amount % 1000n === 0n) {
    amount /= 1000n
    index++
  }
  const [suffix, exponent] = decimal[index] ?? ['', 0]
  if (!asExponent) return `${amount}${suffix}`
  return exponent === 0 ? String(amount) : `${amount}e${exponent}`
}
