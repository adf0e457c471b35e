import type {Colour} from './terminal.ts'

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.5 GiB`, as disks and Kubernetes count. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), sizes.length - 1)
  const value = count / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${sizes[power] ?? 'B'}`
}

/** The two largest units of a duration: `42s`, `5m10s`, `3h20m`, `12d`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60 === 0 ? '' : `${whole % 60}s`}`
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  if (hours < 48) return `${hours}h${minutes === 0 ? '' : `${minutes}m`}`
  return `${Math.floor(hours / 24)}d`
}

/** How long ago, or a dash where it never was. */
export const ago = (time: string | null | undefined, now: Date): string =>
  time === null || time === undefined ? '-' : `${span((now.getTime() - Date.parse(time)) / 1000)} ago`

/** A moment in UTC to the second. */
export const moment = (time: string): string => `${time.slice(0, 19).replace('T', ' ')} UTC`

export function levelWord(level: string, colour: Colour): string {
  switch (level) {
    case 'ok':
      return colour.green(level)
    case 'warning':
      return colour.yellow(level)
    case 'critical':
      return colour.red(level)
    default:
      return colour.magenta(level)
  }
}
