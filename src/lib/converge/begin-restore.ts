import {failedError, refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {at, text} from '../observe/fields.ts'
import type {Clock, DocumentRef, Kube, Store} from '../ports.ts'

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
export async function archiveWal({kube, clock}: Ports, namespace: string, pod: string): Promise<void> {
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
  const said = await ask(`${message}\nselect pg_walfile_name(pg_switch_wal());\n`)
  const segment = said.split('\n').at(-1) ?? ''
  const deadline = clock.now().getTime() + archiveSeconds * 1000
  for (;;) {
    const archived = await ask(
      `select coalesce(last_archived_wal, '') >= '${segment}' from pg_stat_archiver;`,
    )
    if (archived === 't') return
    if (clock.now().getTime() > deadline) break
    await clock.sleep(250)
  }
  throw refusedError('WAL_NOT_ARCHIVED', 'the newest WAL does not reach the archive; nothing was touched', {
    object: `pod ${pod}`,
    reason: `${segment} was not archived within ${archiveSeconds} s`,
    hints: [
      `What the archiver says: pgk status -n ${namespace}`,
      `A new cluster from what is archived: pgk restore NAME -n ${namespace} --to NEW --latest`,
    ],
  })
}

export interface BeginRestore {
  ref: DocumentRef
  /** The words of the target. */
  text: string
  /** The leader's pod; undefined where nobody leads. */
  leader: string | undefined
  /** What is written down when no restore goes on yet. */
  record: Readonly<Record<string, unknown>>
}

const busy = (ref: DocumentRef, kind: string, words: string) =>
  refusedError('OPERATION_RUNNING', `another operation is going on: ${kind} ${words}`, {
    object: `cluster ${ref.namespace}/${ref.name}`,
    hints: [
      kind === 'restore'
        ? `Go on with it: pgk restore ${clusterWords(ref)} --in-place ${words}`
        : `Wait until it is over: pgk status ${clusterWords(ref)} --watch`,
    ],
  })

/** The words of a restore that goes on, if one does. */
export function ongoingRestore(status: unknown): string | undefined {
  return text(status, 'operation', 'kind') === 'restore'
    ? text(status, 'operation', 'request', 'text')
    : undefined
}

/** Writes the operation down, once the lease is held; goes on with the same one when it is there already. */
export async function beginRestore(ports: Ports, request: BeginRestore): Promise<void> {
  const {store} = ports
  const {ref, leader, record} = request
  const stored = await store.get(ref)
  const status = at(stored?.document, 'status')
  const kind = text(status, 'operation', 'kind')
  if (kind !== undefined) {
    const words = text(status, 'operation', 'request', 'text') ?? ''
    if (kind === 'restore' && words === request.text) return
    throw busy(ref, kind, words)
  }
  if (leader !== undefined) await archiveWal(ports, ref.namespace, leader)
  await store.saveStatus(ref, {operation: record})
}
