import {failedError, refusedError} from '../errors.ts'
import {at, text} from '../observe/fields.ts'
import type {Clock, DocumentRef, Kube, Store} from '../ports.ts'
import {type Settlement, type Switched, settled} from './settle-restore.ts'

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
export async function archiveWal({kube, clock}: Ports, namespace: string, pod: string): Promise<Switched> {
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
    await clock.sleep(250)
  }
  throw refusedError('WAL_NOT_ARCHIVED', 'the newest WAL does not reach the archive; nothing was touched', {
    object: `pod ${pod}`,
    reason: `${segment} was not archived within ${archiveSeconds} s`,
    hints: [
      'What the archiver says: pgk status',
      'A new cluster from what is archived: pgk restore --to NEW',
    ],
  })
}

export interface BeginRestore extends Settlement {
  /** The words of the target. */
  text: string
  /** The leader's pod; undefined where nobody leads. */
  leader: string | undefined
}

const busy = (ref: DocumentRef, kind: string, words: string) =>
  refusedError('OPERATION_RUNNING', `another operation is going on: ${kind} ${words}`, {
    object: `cluster ${ref.namespace}/${ref.name}`,
    hints: [`Go on with it: pgk ${kind} ${ref.name} -n ${ref.namespace} --in-place ${words}`],
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
  const {ref, leader} = request
  const stored = await store.get(ref)
  const status = at(stored?.document, 'status')
  const kind = text(status, 'operation', 'kind')
  if (kind !== undefined) {
    const words = text(status, 'operation', 'request', 'text') ?? ''
    if (kind === 'restore' && words === request.text) return
    throw busy(ref, kind, words)
  }
  const switched = leader === undefined ? undefined : await archiveWal(ports, ref.namespace, leader)
  const operation = await settled(ports, request, stored, switched)
  const before = typeof status === 'object' && status !== null ? status : {}
  await store.saveStatus(ref, {...before, operation})
}
