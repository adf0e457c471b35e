const BINARY: Record<string, number> = {Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6}
/** Powers of ten. */
const DECIMAL: Record<string, number> = {n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18}
const FORM = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d{1,3})|([KMGTPE]i|[numkMGTPE]))?$/

/** A number as an exact fraction of integers. */
interface Ratio {
  numerator: bigint
  denominator: bigint
}

/** Kubernetes writes quantities as strings, and accepts bare numbers in manifests. */
export type QuantityText = string | number

function parse(text: QuantityText): Ratio | undefined {
  const match = FORM.exec(String(text))
  const [, sign, digits, exponent, suffix] = match ?? []
  if (digits === undefined) return undefined
  const [whole = '', fraction = ''] = digits.split('.')
  const value = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  const binary = BINARY[suffix ?? '']
  const ten =
    (exponent === undefined ? (DECIMAL[suffix ?? ''] ?? 0) : Number(exponent.slice(1))) - fraction.length
  return {
    numerator: value * 1024n ** BigInt(binary ?? 0) * 10n ** BigInt(Math.max(ten, 0)),
    denominator: 10n ** BigInt(Math.max(-ten, 0)),
  }
}

const ceiling = ({numerator, denominator}: Ratio): bigint =>
  numerator > 0n ? (numerator + denominator - 1n) / denominator : numerator / denominator

/** True for what the Kubernetes API takes as a quantity: `1Gi`, `500m`, `1e3`, `0.5`. */
export const isQuantity = (text: QuantityText): boolean => parse(text) !== undefined

/** Whole bytes, rounded up as Kubernetes does; undefined when it is no quantity. */
export function quantityBytes(text: QuantityText): number | undefined {
  const ratio = parse(text)
  return ratio && Number(ceiling(ratio))
}

/** Thousandths of a processor, rounded up; undefined when it is no quantity. */
export function quantityMillis(text: QuantityText): number | undefined {
  const ratio = parse(text)
  return ratio && Number(ceiling({numerator: ratio.numerator * 1000n, denominator: ratio.denominator}))
}

/** Negative, zero or positive, exactly; undefined when either is no quantity. */
export function compareQuantities(left: QuantityText, right: QuantityText): number | undefined {
  const a = parse(left)
  const b = parse(right)
  if (a === undefined || b === undefined) return undefined
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  if (difference === 0n) return 0
  return difference < 0n ? -1 : 1
}

/** The shortest exact quantity of so many bytes, in powers of 1024: 21474836480 gives `20Gi`. */
export function formatBytes(bytes: number): string {
  let value = BigInt(Math.trunc(bytes))
  let unit = ''
  for (const name of Object.keys(BINARY)) {
    if (value === 0n || value % 1024n !== 0n) break
    value /= 1024n
    unit = name
  }
  return `${value}${unit}`
}

/** 1500 gives `1500m`, 2000 gives `2`. */
export const formatMillis = (millis: number): string =>
  millis % 1000 === 0 ? `${millis / 1000}` : `${millis}m`
