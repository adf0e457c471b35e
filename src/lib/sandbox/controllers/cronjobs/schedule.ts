import {Cron} from 'croner'
import type {CronJob} from 'kubernetes-types/batch/v1.d.ts'
import {millisecondsOf} from '../clock.ts'

export interface Schedule {
  /** The most recent time at which a job is due and has not been started; undefined when none is. */
  due: Date | undefined
  /** Whether it is too late for `due` by the CronJob's own deadline. */
  missed: boolean
  next: Date | undefined
}

/** Pure: what the schedule says now. Throws on a schedule or time zone that nobody can read. */
export function scheduleOf(cron: CronJob, now: Date): Schedule {
  const timezone = cron.spec?.timeZone ?? 'UTC'
  const pattern = new Cron(cron.spec?.schedule ?? '', {timezone, mode: '5-part', paused: true})
  const next = pattern.nextRun(now) ?? undefined
  // The search excludes its own start, and a run may be due this very second.
  const latest = pattern.previousRuns(1, new Date(now.getTime() + 1000))[0]
  if (!latest || latest > now || latest.getTime() <= lastLookedAt(cron))
    return {due: undefined, missed: false, next}
  const deadline = cron.spec?.startingDeadlineSeconds
  const missed = deadline !== undefined && latest.getTime() + deadline * 1000 < now.getTime()
  return {due: latest, missed, next}
}

/** Runs up to this time have been started already, or were before the CronJob. */
function lastLookedAt({metadata, status}: CronJob): number {
  return millisecondsOf(status?.lastScheduleTime) ?? millisecondsOf(metadata?.creationTimestamp) ?? 0
}

/** The time with the offset of the CronJob's zone: `2026-01-01T01:00:00+01:00`. */
export function zonedTime(time: Date, timeZone: string | undefined): string {
  const utc = `${time.toISOString().slice(0, 19)}Z`
  if (timeZone === undefined) return utc
  const parts = new Intl.DateTimeFormat('en-US', {timeZone, timeZoneName: 'longOffset'}).formatToParts(time)
  const name = parts.find(({type}) => type === 'timeZoneName')?.value ?? 'GMT'
  const offset = /([+-])(\d\d):(\d\d)/.exec(name)
  if (!offset) return utc
  const minutes = Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3]))
  return `${new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, 19)}${offset[0]}`
}
