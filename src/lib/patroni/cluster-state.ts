import {isRecord} from '../record.ts'
import {type Annotated, annotationsOf, countOf, parseJson, textOf, timeOf} from './reading.ts'

/** One change of timeline. */
export interface TimelineChange {
  /** The timeline that ended. */
  timeline: number
  /** Where it ended, in bytes. */
  lsn: number
  reason: string
  time: Date | undefined
  newLeader: string | undefined
}

/** What the annotations of the Endpoints `{cluster}-ha-config` hold. */
export interface ConfigRecord {
  /** Set once a member has run initdb or taken over a data directory. A 64-bit number, hence a string. */
  systemIdentifier: string | undefined
  /** The dynamic configuration in force; undefined before the first leader wrote it, or when malformed. */
  configuration: Readonly<Record<string, unknown>> | undefined
  history: readonly TimelineChange[]
}

function parseChange(entry: unknown): TimelineChange | undefined {
  if (!Array.isArray(entry)) return undefined
  const [timeline, lsn, reason, time, newLeader] = entry.map((field: unknown) => field)
  const number = countOf(timeline)
  const end = countOf(lsn)
  if (number === undefined || end === undefined) return undefined
  return {
    timeline: number,
    lsn: end,
    reason: textOf(reason) ?? '',
    time: timeOf(time),
    newLeader: textOf(newLeader),
  }
}

/** Undefined when there is no such object. */
export function parseConfigRecord(endpoints: Annotated | undefined): ConfigRecord | undefined {
  if (endpoints === undefined) return undefined
  const annotations = annotationsOf(endpoints)
  const initialize = annotations['initialize'] ?? ''
  const configuration = parseJson(annotations['config'])
  const history = parseJson(annotations['history'])
  return {
    systemIdentifier: /^\d{10,20}$/.test(initialize) ? initialize : undefined,
    configuration: isRecord(configuration) ? configuration : undefined,
    history: Array.isArray(history) ? history.map(parseChange).filter(change => change !== undefined) : [],
  }
}

/** What the annotations of the Endpoints `{cluster}-ha-sync` hold while synchronous mode is on. */
export interface SyncRecord {
  leader: string
  /** The pods that Patroni would let take over; a switchover to any other is refused. */
  standbys: readonly string[]
  quorum: number
}

/** Undefined when there is no such object, or synchronous mode is off. */
export function parseSyncRecord(endpoints: Annotated | undefined): SyncRecord | undefined {
  const annotations = annotationsOf(endpoints)
  const leader = textOf(annotations['leader'])
  if (leader === undefined) return undefined
  const standbys = (annotations['sync_standby'] ?? '').split(',').filter(name => name !== '')
  return {leader, standbys, quorum: countOf(annotations['quorum']) ?? 0}
}

/** A switchover that was asked for and not yet done, in the annotations of `{cluster}-ha-failover`. */
export interface SwitchoverRequest {
  leader: string | undefined
  candidate: string | undefined
  scheduledAt: Date | undefined
}

/** Undefined when nothing is asked for. */
export function parseSwitchoverRequest(endpoints: Annotated | undefined): SwitchoverRequest | undefined {
  const annotations = annotationsOf(endpoints)
  const leader = textOf(annotations['leader'])
  const candidate = textOf(annotations['member'])
  if (leader === undefined && candidate === undefined) return undefined
  return {leader, candidate, scheduledAt: timeOf(annotations['scheduled_at'])}
}
