import type {CompleteCluster} from '../model/document.ts'
import {hbaLines} from '../postgres/hba.ts'
import {parameters} from '../postgres/parameters.ts'
import {isRecord} from '../record.ts'

/** Patroni's dynamic configuration, as it stands in the Endpoints `{cluster}-ha-config`. */
export type DynamicConfiguration = Readonly<Record<string, unknown>>

/** Patroni's own bounds of `retry_timeout`, seconds. */
const leastRetry = 3
const mostRetry = 10

/** The lease must outlast one loop and two failed tries, or a slow API costs the leader its lock. */
const retryTimeout = (lease: number, loop: number): number =>
  Math.min(mostRetry, Math.max(leastRetry, Math.floor((lease - loop) / 2)))

/**
 * The whole dynamic configuration of a cluster: the document's own under what pgk has to set. It is both
 * `bootstrap.dcs` and what a running cluster is kept at, so that deleting Patroni's state changes nothing.
 */
export function dynamicConfiguration(document: CompleteCluster): DynamicConfiguration {
  const {dynamicConfiguration: asked, leaderLeaseDurationSeconds, syncPeriodSeconds} = document.spec.patroni
  const postgresql = isRecord(asked['postgresql']) ? asked['postgresql'] : {}
  return {
    retry_timeout: retryTimeout(leaderLeaseDurationSeconds, syncPeriodSeconds),
    ...asked,
    ttl: leaderLeaseDurationSeconds,
    loop_wait: syncPeriodSeconds,
    postgresql: {
      use_slots: false,
      ...postgresql,
      use_pg_rewind: true,
      parameters: parameters(document),
      pg_hba: hbaLines(document),
    },
  }
}

/** True when both say the same, whatever the order of their keys. */
export function sameConfiguration(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length && left.every((entry, index) => sameConfiguration(entry, right[index]))
    )
  }
  if (!isRecord(left) || !isRecord(right)) return left === right
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every(key => Object.hasOwn(right, key) && sameConfiguration(left[key], right[key]))
  )
}
