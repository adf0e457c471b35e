import {type PgkError, usageError} from '../errors.ts'

/** A wall-clock reading without an offset. `fraction` is digits after the point, up to six. */
export interface LocalTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  fraction: string
}

export type ReadTime =
  /** One instant. */
  | {kind: 'instant'; at: Date; fraction: string}
  /** Needs a time zone to be one. */
  | {kind: 'local'; local: LocalTime}

const units: Readonly<Record<string, number>> = {
  second: 1,
  sec: 1,
  s: 1,
  minute: 60,
  min: 60,
  m: 60,
  hour: 3600,
  h: 3600,
  day: 86400,
  d: 86400,
  week: 604800,
  w: 604800,
}

const malformed = (text: string, reason?: string): PgkError =>
  usageError('TIME_INVALID', `"${text}" is no time that can be restored to`, {
    object: 'flag --pitr',
    ...(reason === undefined ? {} : {reason}),
    hints: ['Write 2026-11-23T08:15:00Z, 2026-11-23T09:15:00+01:00, or "10 minutes ago".'],
  })

const stamp =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?|[A-Z][A-Za-z_]+(?:\/[A-Za-z_+-]+)+)?$/i

const asUtc = (local: LocalTime): number =>
  Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second) +
  Number(`0.${local.fraction || '0'}`) * 1000

function isReal(local: LocalTime): boolean {
  const back = new Date(Date.UTC(local.year, local.month - 1, local.day))
  const sameDay = back.getUTCMonth() === local.month - 1 && back.getUTCDate() === local.day
  return sameDay && local.hour < 24 && local.minute < 60 && local.second < 60
}

/** Minutes east of UTC; undefined for an offset that no zone has. */
function offsetOf(text: string): number | undefined {
  if (/^(z|utc)$/i.test(text)) return 0
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? []
  if (hours === undefined || Number(hours) > 15 || Number(minutes) > 59) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** Minutes east of UTC in a zone at an instant. Throws a RangeError for an unknown zone. */
function zoneOffset(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({type, value}) => [type, Number(value)]))
  const {year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0} = parts
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60000)
}

/** The instants at which a zone's clocks show this: none in a gap, two when clocks are set back. */
export function instantsOf(local: LocalTime, zone: string): Date[] {
  const wall = asUtc(local)
  const offsets = [-86_400_000, 0, 86_400_000].map(shift => zoneOffset(zone, wall + shift))
  return [...new Set(offsets)]
    .map(offset => wall - offset * 60_000)
    .filter(at => zoneOffset(zone, at) * 60_000 + at === wall)
    .sort((left, right) => left - right)
    .map(at => new Date(at))
}

/** `2026-10-25T02:30:00+02:00` */
export function withOffset(at: Date, zone: string): string {
  const offset = zoneOffset(zone, at.getTime())
  const wall = new Date(at.getTime() + offset * 60_000).toISOString().replace(/\.000Z$|Z$/, '')
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${wall}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`
}

/** One instant of a local time, or a usage error that says which ones it could be. */
export function resolveLocal(local: LocalTime, zone: string, text: string): Date {
  const [first, second] = instantsOf(local, zone)
  if (first === undefined) {
    throw malformed(text, `the clocks of ${zone} never showed this: they were set forward`)
  }
  if (second === undefined) return first
  throw usageError('TIME_AMBIGUOUS', `"${text}" happened twice: the clocks of ${zone} were set back`, {
    object: 'flag --pitr',
    hints: [`Say which: ${withOffset(first, zone)} or ${withOffset(second, zone)}`],
  })
}

/** Reads what a person writes for a moment. Throws a usage error for what is no time. */
export function readTime(text: string, now: Date): ReadTime {
  const trimmed = text.trim()
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+?)s?\s+ago$/i.exec(trimmed) ?? []
  if (count !== undefined) {
    const seconds = units[unit.toLowerCase()]
    if (seconds === undefined) throw malformed(text, `"${unit}" is no unit of time`)
    const at = new Date(now.getTime() - Number(count) * seconds * 1000)
    // Also false for what is no date at all.
    if (!(at.getTime() >= 0)) throw malformed(text, 'that is before 1970')
    return {kind: 'instant', at, fraction: ''}
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] =
    stamp.exec(trimmed) ?? []
  if (year === undefined) throw malformed(text)
  const local: LocalTime = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  }
  if (!isReal(local)) throw malformed(text, 'there is no such date or time of day')
  // Nor would the calendar functions take a year below 100 for what it says.
  if (local.year < 1970) throw malformed(text, 'that is before 1970')
  if (zone === undefined) return {kind: 'local', local}
  if (zone.includes('/')) {
    try {
      return {kind: 'instant', at: resolveLocal(local, zone, text), fraction}
    } catch (error) {
      if (error instanceof RangeError) throw malformed(text, `there is no time zone ${zone}`)
      throw error
    }
  }
  const offset = offsetOf(zone)
  if (offset === undefined) throw malformed(text, `${zone} is no offset from UTC`)
  return {kind: 'instant', at: new Date(Math.floor(asUtc(local)) - offset * 60_000), fraction}
}

/** As Postgres and pgBackRest take it: `2026-11-23 08:15:00.123456+00`. */
export function postgresTime(at: Date, fraction: string): string {
  const [date = '', time = ''] = at.toISOString().replace('Z', '').split('T')
  const whole = time.replace(/\.\d+$/, '')
  const digits = fraction === '' ? String(at.getUTCMilliseconds()).padStart(3, '0') : fraction
  return `${date} ${whole}${/^0*$/.test(digits) ? '' : `.${digits}`}+00`
}
