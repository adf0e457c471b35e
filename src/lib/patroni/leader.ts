import {type Annotated, annotationsOf, countOf, textOf, timeOf} from './reading.ts'

/** The leader lock, as Patroni keeps it in the annotations of the Endpoints `{cluster}-ha`. */
export interface LeaderRecord {
  /** The pod that holds the lock; undefined while nobody does. */
  leader: string | undefined
  ttlSeconds: number | undefined
  /** When the lock was last renewed, by the clock of the holder. */
  renewTime: Date | undefined
  acquireTime: Date | undefined
  /** How often the lock changed hands. */
  transitions: number | undefined
  /** The leader's WAL position in bytes when it last renewed. */
  optime: number | undefined
}

/** Undefined when there is no such object: Patroni has not started, or its state was deleted. */
export function parseLeader(endpoints: Annotated | undefined): LeaderRecord | undefined {
  if (endpoints === undefined) return undefined
  const annotations = annotationsOf(endpoints)
  return {
    leader: textOf(annotations['leader']),
    ttlSeconds: countOf(annotations['ttl']),
    renewTime: timeOf(annotations['renewTime']),
    acquireTime: timeOf(annotations['acquireTime']),
    transitions: countOf(annotations['transitions']),
    optime: countOf(annotations['optime']),
  }
}

export type Leadership =
  /** The lock is held and its holder renewed it in time; `heldSeconds` ago it got it, where that is known. */
  | {state: 'held'; leader: string; ageSeconds: number; heldSeconds?: number}
  /** The lock names a holder that has not renewed it within the lease: it hangs, or is gone. */
  | {state: 'expired'; leader: string; ageSeconds: number}
  /** Nobody holds the lock. */
  | {state: 'none'}

/**
 * Who leads now. A hung leader keeps its `role` label and its name in the lock, so only the age of the
 * last renewal tells. `toleranceSeconds` allows for the reader's clock running ahead of the holder's.
 */
export function leadership(record: LeaderRecord | undefined, now: Date, toleranceSeconds = 2): Leadership {
  if (record?.leader === undefined) return {state: 'none'}
  if (record.renewTime === undefined || record.ttlSeconds === undefined) {
    return {state: 'expired', leader: record.leader, ageSeconds: Number.POSITIVE_INFINITY}
  }
  const ageSeconds = (now.getTime() - record.renewTime.getTime()) / 1000
  const {leader, acquireTime} = record
  if (ageSeconds > record.ttlSeconds + toleranceSeconds) return {state: 'expired', leader, ageSeconds}
  if (acquireTime === undefined) return {state: 'held', leader, ageSeconds}
  return {state: 'held', leader, ageSeconds, heldSeconds: (now.getTime() - acquireTime.getTime()) / 1000}
}
