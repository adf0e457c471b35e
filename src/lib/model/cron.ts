import {Cron} from 'croner'

/** Kubernetes takes five fields, or one of these words. */
const WORDS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

/** Why Kubernetes would refuse this schedule, or undefined. */
export function cronComplaint(line: string): string | undefined {
  const text = line.trim()
  if (WORDS.includes(text.toLowerCase())) return undefined
  if (/^(CRON_)?TZ=/.test(text)) return 'cannot hold a time zone'
  if (text.split(/\s+/).length !== 5) return 'needs five fields: minute hour day month weekday'
  try {
    // A paused Cron computes nothing and starts no timer.
    new Cron(text, {paused: true, mode: '5-part'})
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
  }
}
