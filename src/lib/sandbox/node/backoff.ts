const first = 10_000
const longest = 300_000

/** Growing pauses between tries, one per key: 10 s, doubled each time, 5 minutes at most. */
export class Backoff {
  private readonly entries = new Map<string, {delay: number; since: number}>()

  /** Milliseconds still to wait after something that happened at `eventAt`; 0 when the next try may start. */
  remaining(key: string, eventAt: number, now: number): number {
    const entry = this.entries.get(key)
    if (!entry || this.isForgotten(entry, eventAt)) return 0
    return Math.max(0, eventAt + entry.delay - now)
  }

  /** The same, counted from the last try. */
  remainingSinceTry(key: string, now: number): number {
    const entry = this.entries.get(key)
    return entry ? this.remaining(key, entry.since, now) : 0
  }

  /** Notes a try, so that the pause after the next failure is longer. */
  next(key: string, eventAt: number, now: number): void {
    const entry = this.entries.get(key)
    const delay = !entry || this.isForgotten(entry, eventAt) ? first : Math.min(entry.delay * 2, longest)
    this.entries.set(key, {delay, since: now})
  }

  /** The pause in force, in milliseconds. */
  delay(key: string): number {
    return this.entries.get(key)?.delay ?? 0
  }

  reset(key: string): void {
    this.entries.delete(key)
  }

  /** What then ran for twice the longest pause is well again. */
  private isForgotten(entry: {since: number}, eventAt: number): boolean {
    return eventAt - entry.since > 2 * longest
  }
}

/** `10s`, `1m20s`, `5m0s`: a pause as Go writes it. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
