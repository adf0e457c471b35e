import {isRecord} from '../record.ts'
import {type Annotated, annotationsOf, countOf, parseJson, textOf} from './reading.ts'

export type MemberRole = 'leader' | 'replica' | 'standby-leader' | 'uninitialized'

/** What a member says of itself in the `status` annotation of its pod; as old as its last change. */
export interface MemberStatus {
  role: MemberRole
  /** Patroni's word: `running`, `starting`, `stopped`, `creating replica`, `start failed`, … */
  state: string
  timeline: number | undefined
  /** The leader's write position, a replica's replay position; bytes. */
  walLocation: number | undefined
  /** `streaming` or `in archive recovery`; undefined on a leader. */
  replicationState: string | undefined
  /** Parameters that need a restart to take effect, as `name: old -> new`; empty when none is pending. */
  pendingRestart: readonly string[] | undefined
  paused: boolean
  patroniVersion: string | undefined
  tags: Readonly<Record<string, unknown>>
}

const roles: Readonly<Record<string, MemberRole>> = {
  primary: 'leader',
  master: 'leader',
  promoted: 'leader',
  replica: 'replica',
  demoted: 'replica',
  standby_leader: 'standby-leader',
  uninitialized: 'uninitialized',
}

function pendingParameters(status: Readonly<Record<string, unknown>>): string[] | undefined {
  if (status['pending_restart'] !== true) return undefined
  const reasons = status['pending_restart_reason']
  if (!isRecord(reasons)) return []
  const shown = (change: unknown, side: string): string =>
    isRecord(change) && change[side] !== undefined && change[side] !== null ? String(change[side]) : 'unset'
  return Object.entries(reasons).map(
    ([name, change]) => `${name}: ${shown(change, 'old_value')} -> ${shown(change, 'new_value')}`,
  )
}

/** Undefined when Patroni has not yet reported, or what stands there is not Patroni's. */
export function parseMember(pod: Annotated | undefined): MemberStatus | undefined {
  const status = parseJson(annotationsOf(pod)['status'])
  if (!isRecord(status)) return undefined
  const state = textOf(status['state'])
  const role = roles[textOf(status['role']) ?? '']
  if (state === undefined || role === undefined) return undefined
  return {
    role,
    state,
    timeline: countOf(status['timeline']),
    walLocation: countOf(status['xlog_location']),
    replicationState: textOf(status['replication_state']),
    pendingRestart: pendingParameters(status),
    paused: status['pause'] === true,
    patroniVersion: textOf(status['version']),
    tags: isRecord(status['tags']) ? status['tags'] : {},
  }
}
