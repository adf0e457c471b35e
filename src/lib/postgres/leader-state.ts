import {parseLsn} from './lsn.ts'

/** One WAL receiver connected to the leader. Positions and lags are bytes. */
export interface ReplicaState {
  /** The pod's name: Patroni sets it as `application_name`. */
  name: string
  state: string
  sync: boolean
  receiveLagBytes: number
  replayLagBytes: number
}

/** What the leader says of itself. */
export interface LeaderState {
  inRecovery: boolean
  timeline: number
  /** `17.11` */
  serverVersion: string
  /** A 64-bit number, hence a string. */
  systemIdentifier: string
  writeLocation: number
  replicas: readonly ReplicaState[]
  archiver: {
    lastArchivedAt: Date | undefined
    /** The segment that was archived last; undefined where it was a history file. */
    lastArchivedWal: string | undefined
    /** When that was finished, which may be long before it was archived. */
    finishedAt: Date | undefined
    lastFailedAt: Date | undefined
    /** Finished segments that wait for the archive. */
    queued: number
    /** Nothing was written since the end of the last archived segment. */
    caughtUp: boolean
  }
  connections: {used: number; max: number}
  /** What the leader runs with of the parameters that Patroni gives on the command line. */
  settings: Readonly<Record<string, string>>
  /** A parameter of its configuration files differs from what it runs with, until it restarts. */
  pendingRestart: boolean
}

/**
 * Asked as superuser over the local socket; one line of JSON. A base backup streams WAL too, and must not
 * count as a replica. The archive has everything when the present segment holds only its header (40 bytes),
 * or when `archive_timeout` has passed without a switch: Postgres then found nothing worth archiving.
 *
 * The file that says how a segment's archiving stands is made when the segment is finished, and only renamed
 * later. Where that of the last archived segment is gone, it was finished before the oldest that waits. The
 * file that notes a backup is archived behind the segment that it is named after.
 */
export const leaderStateQuery = `
select json_build_object(
  'inRecovery', pg_is_in_recovery(),
  'timeline', (select timeline_id from pg_control_checkpoint()),
  'serverVersion', current_setting('server_version'),
  'systemIdentifier', (select system_identifier::text from pg_control_system()),
  'location', here.lsn::text,
  'replicas', (select coalesce(json_agg(json_build_object(
      'name', application_name, 'state', state, 'sync', sync_state in ('sync', 'quorum'),
      'received', coalesce(flush_lsn, sent_lsn)::text,
      'replayed', coalesce(replay_lsn, flush_lsn, sent_lsn)::text)), '[]')
    from pg_stat_replication where application_name <> 'pg_basebackup'),
  'lastArchivedAt', extract(epoch from archiver.last_archived_time),
  'lastArchivedWal', newest.segment,
  'finishedAt', extract(epoch from coalesce(
    (select min(modification) from pg_ls_archive_statusdir()
      where name in (newest.segment || '.done', newest.segment || '.ready')),
    least(archiver.last_archived_time, waiting.since))),
  'lastFailedAt', extract(epoch from archiver.last_failed_time),
  'queued', waiting.segments,
  'caughtUp', waiting.segments = 0 and not pg_is_in_recovery() and archiver.last_archived_time is not null and (
    mod(here.lsn - '0/0'::pg_lsn, pg_size_bytes(current_setting('wal_segment_size'))) <= 40
    or (timeout.seconds > 0
      and now() - archiver.last_archived_time > make_interval(secs => timeout.seconds + 5))),
  'used', (select count(*) from pg_stat_activity where backend_type = 'client backend'),
  'max', current_setting('max_connections')::int,
  'settings', (select json_object_agg(name, setting) from pg_settings where name in ('max_connections',
    'max_locks_per_transaction', 'max_prepared_transactions', 'max_replication_slots', 'max_wal_senders',
    'max_worker_processes', 'track_commit_timestamp')),
  'pendingRestart', (select coalesce(bool_or(pending_restart), false) from pg_settings
    where name not like 'recovery_target%'))
from pg_stat_archiver archiver,
  lateral (select substring(archiver.last_archived_wal
    from '^([0-9A-F]{24})(?:[.][0-9A-F]{8}[.]backup)?$')) newest(segment),
  (select setting::int from pg_settings where name = 'archive_timeout') timeout(seconds),
  (select count(*), min(modification) from pg_ls_archive_statusdir()
    where name like '%.ready') waiting(segments, since),
  (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
    else pg_current_wal_insert_lsn() end) here(lsn);
`

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
const text = (value: unknown, name: string): string => {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}
const number = (value: unknown, name: string): number => {
  const found = field(value, name)
  return typeof found === 'number' ? found : 0
}
const time = (value: unknown, name: string): Date | undefined => {
  const found = field(value, name)
  return typeof found === 'number' ? new Date(found * 1000) : undefined
}

function parseReplica(entry: unknown, written: number): ReplicaState {
  const behind = (name: string): number => Math.max(0, written - (parseLsn(text(entry, name)) ?? 0))
  return {
    name: text(entry, 'name'),
    state: text(entry, 'state'),
    sync: field(entry, 'sync') === true,
    receiveLagBytes: behind('received'),
    replayLagBytes: behind('replayed'),
  }
}

const texts = (value: unknown): Record<string, string> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {}

/** Undefined when the text is not this query's answer. */
export function parseLeaderState(answer: string): LeaderState | undefined {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch {
    return undefined
  }
  const writeLocation = parseLsn(text(value, 'location'))
  if (writeLocation === undefined) return undefined
  const replicas = field(value, 'replicas')
  return {
    inRecovery: field(value, 'inRecovery') === true,
    timeline: number(value, 'timeline'),
    serverVersion: text(value, 'serverVersion').split(' ')[0] ?? '',
    systemIdentifier: text(value, 'systemIdentifier'),
    writeLocation,
    replicas: (Array.isArray(replicas) ? replicas : []).map(entry => parseReplica(entry, writeLocation)),
    archiver: {
      lastArchivedAt: time(value, 'lastArchivedAt'),
      lastArchivedWal: text(value, 'lastArchivedWal') || undefined,
      finishedAt: time(value, 'finishedAt'),
      lastFailedAt: time(value, 'lastFailedAt'),
      queued: number(value, 'queued'),
      caughtUp: field(value, 'caughtUp') === true,
    },
    connections: {used: number(value, 'used'), max: number(value, 'max')},
    settings: texts(field(value, 'settings')),
    pendingRestart: field(value, 'pendingRestart') === true,
  }
}
