import {setTimeout as wait} from 'node:timers/promises'
import type {Clock} from '../ports.ts'

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal ? {signal} : {})
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}

/** The machine's own clock. An aborted sleep throws the signal's reason. */
export const systemClock: Clock = {now: () => new Date(), sleep}

/** A clock that goes as the API server's does, once it has heard from it. */
export interface ServerClock extends Clock {
  /** Takes the `Date` of an answer to a question that was sent at `sent`, by this machine's clock. */
  heard(date: string | undefined, sent: number): void
}

/** Less than this is not told apart from the way of an answer and the whole seconds of a `Date`. */
const slackMilliseconds = 1_000

/**
 * Leases, certificates and Jobs are dated by the cluster's machines. A laptop whose clock is off would take
 * a leader that lives for one that hangs, take another pgk's lease away, or issue certificates of tomorrow.
 */
export function serverClock(own: () => number = Date.now): ServerClock {
  let ahead = 0
  return {
    now: () => new Date(own() + ahead),
    sleep,
    heard(date, sent) {
      const told = Date.parse(date ?? '')
      if (Number.isNaN(told)) return
      const least = told - own() - slackMilliseconds
      const most = told + 1_000 - sent + slackMilliseconds
      if (ahead >= least && ahead <= most) return
      ahead = least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2)
    },
  }
}
