import {cronComplaint} from './cron.ts'
import {shown} from './problem.ts'
import {compareQuantities, isQuantity} from './quantity.ts'

type Check = (value: string | number) => {message: string; hint?: string} | undefined

function quantity(value: string | number) {
  if (!isQuantity(value)) {
    return {
      message: `is no quantity: ${shown(value)}`,
      hint: 'A quantity is a number with a unit, such as 20Gi or 500m.',
    }
  }
  return compareQuantities(value, 0) === -1 ? {message: `must not be negative: ${shown(value)}`} : undefined
}

function cron(value: string | number) {
  const complaint = cronComplaint(String(value))
  return complaint === undefined
    ? undefined
    : {
        message: `is no schedule: ${shown(value)}: ${complaint}`,
        hint: 'A schedule reads like "0 1 * * 0": Sundays at 01:00 UTC.',
      }
}

function countOrPercent(value: string | number) {
  const valid =
    typeof value === 'number' ? value >= 0 : /^\d{1,3}%$/.test(value) && Number.parseInt(value, 10) <= 100
  return valid ? undefined : {message: `must be a count or a percentage such as "50%", not ${shown(value)}`}
}

/** The checks that a schema asks for by `x-pgk-check`. */
export const checks: Readonly<Record<string, Check>> = {quantity, cron, countOrPercent}
