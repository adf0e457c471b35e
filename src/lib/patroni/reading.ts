/**
 * Reading what Patroni wrote into annotations. Anyone with rights on the namespace can write there too:
 * whatever has not the expected form reads as absent.
 */

export type Annotations = Readonly<Record<string, string>>

/** Anything that carries annotations: an Endpoints object, a pod. */
export interface Annotated {
  metadata?: {annotations?: Readonly<Record<string, string>>}
}

export const annotationsOf = (object: Annotated | undefined): Annotations =>
  object?.metadata?.annotations ?? {}

export function parseJson(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A whole number from 0 to 2^53, given as a number or in decimal digits. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** An RFC 3339 time with its offset. */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(value))
    return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time
}
