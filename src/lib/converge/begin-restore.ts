import {isDeepStrictEqual} from 'node:util'
import {failedError, type PgkError, refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {clusterNames} from '../model/names.ts'
import {at, text} from '../observe/fields.ts'
import {leadership, parseLeader} from '../patroni/leader.ts'
import {parseMember} from '../patroni/member.ts'
import type {Clock, DocumentRef, Kube, Store} from '../ports.ts'
import {ongoingRestore} from './operation.ts'
import {type Switched, withPromise} from './settle-restore.ts'

interface Ports {
  kube: Kube
  store: Store
  clock: Clock
}

const archiveSeconds = 90

/**
 * Writes a commit, so that one lies behind every moment of the past, and waits until the WAL up to it is in
 * the archive.
 */
export async function archiveWal(
  {kube, clock}: Pick<Ports, 'kube' | 'clock'>,
  {namespace, name}: DocumentRef,
  pod: string,
  signal?: AbortSignal,
): Promise<Switched> {
  const ask = async (sql: string): Promise<string> => {
    const result = await kube.exec({
      namespace,
      pod,
      container: 'database',
      command: ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-'],
      stdin: sql,
      timeoutSeconds: 20,
    })
    if (result.exitCode === 0) return result.stdout.trim()
    throw failedError('ACTION_FAILED', 'the leader does not answer SQL', {
      object: `pod ${pod}`,
      reason: result.stderr.trim(),
    })
  }
  const message = `select pg_logical_emit_message(true, 'pgk', 'before a restore') is not null;`
  const said = await ask(`${message}\nselect pg_walfile_name(lsn), lsn from pg_switch_wal() lsn;\n`)
  const [segment = '', lsn = ''] = said.split('\n').at(-1)?.split('|') ?? []
  const deadline = clock.now().getTime() + archiveSeconds * 1000
  for (;;) {
    const archived = await ask(
      `select coalesce(last_archived_wal, '') >= '${segment}' from pg_stat_archiver;`,
    )
    if (archived === 't') return {segment, lsn}
    if (clock.now().getTime() > deadline) break
    await clock.sleep(250, signal)
  }
  throw refusedError('WAL_NOT_ARCHIVED', 'the newest WAL does not reach the archive; nothing was touched', {
    object: `pod ${pod}`,
    reason: `${segment} was not archived within ${archiveSeconds} s`,
    hints: [
      `What the archiver says: pgk status ${clusterWords({namespace, name})}`,
      `A new cluster from what is archived: pgk restore ${clusterWords({namespace, name})} --to NEW --latest`,
    ],
  })
}

export interface BeginRestore {
  ref: DocumentRef
  /** The words of the target. */
  words: string
  /** What the plan was made from: another state needs another plan. */
  planned: PlannedFrom
  /** What is written down when no restore goes on yet. */
  record: Readonly<Record<string, unknown>> & {id: string; request: Readonly<Record<string, unknown>>}
  /** Throws unless the plan still holds; gives what recovery must reach at least, where that is known. */
  settle(switched: Switched | undefined): Promise<string | undefined>
}

/** The state that a plan was made from. */
export interface PlannedFrom {
  /** The leader's pod and timeline; undefined where nobody led. */
  leader: string | undefined
  timeline: number | undefined
  /** The id of the restore that was the last one. */
  restored: string | undefined
}

/** What is led by whom, as it is now. */
async function presentState({kube, store, clock}: Ports, ref: DocumentRef): Promise<PlannedFrom> {
  const {namespace, name} = ref
  const endpoints = await kube.get({
    apiVersion: 'v1',
    kind: 'Endpoints',
    name: clusterNames(name).ha,
    namespace,
  })
  const now = leadership(parseLeader(endpoints), clock.now())
  const leader = now.state === 'held' ? now.leader : undefined
  const pod =
    leader === undefined
      ? undefined
      : await kube.get({apiVersion: 'v1', kind: 'Pod', name: leader, namespace})
  const restored = text((await store.get(ref))?.document, 'status', 'restored', 'id')
  return {leader, timeline: parseMember(pod)?.timeline, restored}
}

/** Throws when the cluster is no longer what the plan was made from: a failover, another restore. */
async function refuseOutdated(ports: Ports, {ref, planned, words}: BeginRestore): Promise<void> {
  const now = await presentState(ports, ref)
  if (isDeepStrictEqual(now, planned)) return
  const led = ({leader, timeline}: PlannedFrom): string =>
    leader === undefined ? 'nobody leads' : `${leader} leads on timeline ${timeline ?? '?'}`
  const reason =
    now.restored === planned.restored
      ? `then ${led(planned)}, now ${led(now)}`
      : 'somebody else has restored it in the meantime'
  throw outdated(ref, words, reason)
}

const outdated = (ref: DocumentRef, words: string, reason: string): PgkError =>
  refusedError('PLAN_OUTDATED', 'the cluster has changed since the plan was made; nothing was touched', {
    object: `cluster ${ref.namespace}/${ref.name}`,
    reason,
    hints: [`Look at the plan anew: pgk restore ${clusterWords(ref)} --in-place ${words} --plan`],
  })

/**
 * Writes the operation down, once the lease is held; goes on with the same one when it is there already. Gives
 * the operation's id.
 */
export async function beginRestore(
  ports: Ports,
  request: BeginRestore,
  signal: AbortSignal,
): Promise<string> {
  const {store} = ports
  const {ref, words, planned, record} = request
  const ongoing = ongoingRestore(at((await store.get(ref))?.document, 'status'))
  if (ongoing?.words === words) return ongoing.id
  await refuseOutdated(ports, request)
  const {leader} = planned
  const switched = leader === undefined ? undefined : await archiveWal(ports, ref, leader, signal)
  const operation = withPromise(record, await request.settle(switched))
  // Who has stopped watching by now wants nothing to begin.
  signal.throwIfAborted()
  await store.saveStatus(ref, status => {
    // Written by this very call, when its answer was lost and it is made again.
    const other = ongoingRestore(status)
    if (other !== undefined && other.id !== record.id) throw outdated(ref, words, 'another restore was begun')
    return {operation}
  })
  return record.id
}
