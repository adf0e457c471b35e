/** A place in the WAL as a byte number, up to 2^53: `0/3000060` is 50331744. Undefined when it is no LSN. */
export function parseLsn(text: string): number | undefined {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text)
  const [, high, low] = match ?? []
  if (high === undefined || low === undefined) return undefined
  const bytes = Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** 50331744 is `0/3000060`, as Postgres prints it. */
export function formatLsn(bytes: number): string {
  const high = Math.floor(bytes / 2 ** 32)
  const low = bytes - high * 2 ** 32
  return `${high.toString(16).toUpperCase()}/${low.toString(16).toUpperCase()}`
}
