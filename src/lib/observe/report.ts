import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import {type Recoverability, recoverability} from '../pgbackrest/recoverability.ts'
import type {PgkReason} from '../ports.ts'
import type {DiskUse} from './answers.ts'
import {type InstanceSeen, leaderOf, type Observed} from './snapshot.ts'
import {type Verdict, verdict} from './verdict.ts'

export type InstanceRole = 'leader' | 'replica' | 'sync-standby' | 'standby-leader'

export interface InstanceStatus {
  name: string
  pod: string
  role: InstanceRole
  /** `running`, `streaming`, Patroni's other words, or `no pod`, `pending`, `hanging`. */
  state: string
  node: string | null
  zone: string | null
  timeline: number | null
  receiveLagBytes: number | null
  replayLagBytes: number | null
  pendingRestart: boolean
  disk: DiskUse | null
}

/** A restore that was begun and is not over. */
export interface OperationStatus {
  id: string
  kind: string
  phase: string
  startedAt: string
  /** The flags of its target; the same ones again go on with it. */
  target: string | null
}

/** The result of `pgk status`; the text views are rendered from it. */
export interface ClusterStatus {
  apiVersion: 'pgk/v1'
  kind: 'ClusterStatus'
  metadata: {name: string; namespace: string}
  verdict: Verdict
  postgresVersion: string
  systemIdentifier: string | null
  timeline: number | null
  leader: string | null
  instances: readonly InstanceStatus[]
  recoverability: Recoverability
  endpoints: {primary: string; replicas: string; pooler: string | null}
  connections: {used: number; max: number} | null
  operation: OperationStatus | null
  paused: boolean
  shutdown: boolean
  unknown: readonly PgkReason[]
}

/** What the report takes from the document. */
export interface Reported {
  postgresVersion: number
  port: number
  paused: boolean
  shutdown: boolean
  wantedInstances: number
  wantsBackups: boolean
  /** What the document remembers: whether a full backup was ever seen. For where no repository is asked. */
  backedUp?: boolean
  /** Why the document could not be read: nothing is known then of what is wanted. */
  damaged?: string
  operation: OperationStatus | undefined
  /** RFC 3339, from the newest drill that passed. */
  lastProvenRestore?: string | undefined
}

function lagOf(
  seen: Observed,
  instance: InstanceSeen,
): {receive: number | null; replay: number | null; state?: string} {
  const {sql} = seen.answers
  if (sql?.known) {
    const replica = sql.value.replicas.find(candidate => candidate.name === instance.pod?.name)
    if (replica)
      return {receive: replica.receiveLagBytes, replay: replica.replayLagBytes, state: replica.state}
    return {receive: null, replay: null}
  }
  // Without the leader's word, what Patroni last wrote is the best there is; it can be a loop old.
  const leader = leaderOf(seen)?.member?.walLocation
  const here = instance.member?.walLocation
  const replay = leader === undefined || here === undefined ? null : Math.max(0, leader - here)
  return {receive: null, replay}
}

function stateOf(
  seen: Observed,
  instance: InstanceSeen,
  leads: boolean,
  streaming: string | undefined,
): string {
  const {pod, member} = instance
  if (pod === undefined) return 'no pod'
  if (pod.deleting) return 'stopping'
  if (seen.leadership.state === 'expired' && seen.leadership.leader === pod.name) return 'hanging'
  if (member === undefined) return pod.phase === 'Running' ? 'starting' : pod.phase.toLowerCase()
  if (leads) return member.state
  // It takes itself for the leader although another one leads: it has not looked since.
  const hasLead = member.role === 'leader' || member.role === 'standby-leader'
  if (hasLead && !pod.ready && leaderOf(seen) !== undefined) return 'hanging'
  if (streaming === 'streaming') return 'streaming'
  // The leader's list is the truth about streaming; a member's own word may be a loop old.
  if (seen.answers.sql?.known) {
    return ['running', 'streaming'].includes(member.state) ? 'not streaming' : member.state
  }
  return member.replicationState === 'streaming' ? 'streaming' : member.state
}

function instanceStatus(
  seen: Observed,
  instance: InstanceSeen,
  zones: ReadonlyMap<string, string>,
): InstanceStatus {
  const leads = leaderOf(seen)?.name === instance.name
  const pod = instance.pod?.name ?? `${instance.name}-0`
  const lag = leads ? {receive: 0, replay: 0} : lagOf(seen, instance)
  const standby = seen.sync?.standbys.includes(pod) ? 'sync-standby' : 'replica'
  const leader = instance.member?.role === 'standby-leader' ? 'standby-leader' : 'leader'
  const node = instance.pod?.node
  return {
    name: instance.name,
    pod,
    role: leads ? leader : standby,
    state: stateOf(seen, instance, leads, 'state' in lag ? lag.state : undefined),
    node: node ?? null,
    zone: (node === undefined ? undefined : zones.get(node)) ?? null,
    timeline: instance.member?.timeline ?? null,
    receiveLagBytes: lag.receive,
    replayLagBytes: lag.replay,
    pendingRestart: instance.member?.pendingRestart !== undefined,
    disk: seen.answers.disks.get(instance.name) ?? null,
  }
}

/** Pure: everything `pgk status` shows. `backups` undefined means that the repository did not answer. */
export function report(
  seen: Observed,
  wanted: Reported,
  backups: RecoveryFacts | undefined | 'not-asked',
  zones: ReadonlyMap<string, string>,
): ClusterStatus {
  const sql = seen.answers.sql?.known ? seen.answers.sql.value : undefined
  const leader = leaderOf(seen)
  const instances = seen.instances.map(instance => instanceStatus(seen, instance, zones))
  const asked = backups === 'not-asked' ? undefined : backups
  const nothing: RecoveryFacts = {
    now: seen.at,
    backups: [],
    archives: [],
    histories: new Map(),
    timeline: undefined,
    archiver: sql?.archiver,
  }
  const recovery = recoverability(asked ?? nothing, wanted.lastProvenRestore ?? null)
  const {namespace, cluster} = seen
  const host = (service: string): string => `${cluster}-${service}.${namespace}.svc:${wanted.port}`
  return {
    apiVersion: 'pgk/v1',
    kind: 'ClusterStatus',
    metadata: {name: cluster, namespace},
    verdict: verdict({
      seen,
      wanted,
      instances,
      recovery,
      backups: backups === 'not-asked' ? backups : backups === undefined ? 'unknown' : 'known',
    }),
    postgresVersion:
      sql?.serverVersion ?? (wanted.damaged === undefined ? String(wanted.postgresVersion) : 'unknown'),
    systemIdentifier: seen.config?.systemIdentifier ?? null,
    timeline: leader?.member?.timeline ?? sql?.timeline ?? null,
    leader: leader?.name ?? null,
    instances,
    recoverability: recovery,
    endpoints: {primary: host('primary'), replicas: host('replicas'), pooler: null},
    connections: sql?.connections ?? null,
    operation: wanted.operation ?? null,
    paused: wanted.paused,
    shutdown: wanted.shutdown,
    unknown: seen.unknown,
  }
}
