import {setTimeout as wait} from 'node:timers/promises'
import type {Clock} from '../ports.ts'

/** The machine's own clock. An aborted sleep throws the signal's reason. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal ? {signal} : {}),
}
