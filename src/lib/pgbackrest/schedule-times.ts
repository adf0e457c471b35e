import {Cron} from 'croner'
import cronstrue from 'cronstrue'

/** `At 01:00, only on Sunday`. Schedules run in UTC. */
export const cronWords = (cron: string): string =>
  cronstrue.toString(cron, {use24HourTimeFormat: true, verbose: true, throwExceptionOnParseError: false})

/** The next moments of a schedule after `now`, RFC 3339 UTC. */
export const nextRuns = (cron: string, now: Date, count: number): string[] =>
  new Cron(cron, {paused: true, timezone: 'UTC'}).nextRuns(count, now).map(time => time.toISOString())
