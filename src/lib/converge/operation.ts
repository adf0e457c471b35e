import {refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {at, text} from '../observe/fields.ts'
import type {DocumentRef, Store} from '../ports.ts'

/** A restore in place that was begun and is not over. */
export interface OngoingRestore {
  id: string
  phase: string
  /** The flags of its target: the same words again go on with it. */
  words: string
}

/** The restore in place that a document's status tells of. */
export function ongoingRestore(status: unknown): OngoingRestore | undefined {
  if (text(status, 'operation', 'kind') !== 'restore') return undefined
  return {
    id: text(status, 'operation', 'id') ?? '',
    phase: text(status, 'operation', 'phase') ?? '',
    words: text(status, 'operation', 'request', 'text') ?? '',
  }
}

/** Phases in which no data has been touched yet. */
const cancellable = ['safeguard', 'stop']
/** Phases in which the data is what it is going to be: going on takes nothing away from anybody. */
const settled = ['start', 'rejoin', 'backup', 'restart']

const commandLine = (ref: DocumentRef, words: string): string =>
  `pgk restore ${clusterWords(ref)} --in-place ${words}`

/**
 * Throws while a restore in place stands that is not the one of `words`: whoever changes a cluster brings it to
 * its state, and would carry out a restore that somebody has left, without having been asked for it. Once the
 * data is replaced only another restore is refused: a change may be what its last steps need.
 */
export async function refuseForeign(
  store: Store,
  ref: DocumentRef,
  words: string | undefined,
): Promise<void> {
  const ongoing = ongoingRestore(at((await store.get(ref))?.document, 'status'))
  if (ongoing === undefined || ongoing.words === words) return
  if (words === undefined && settled.includes(ongoing.phase)) return
  throw refusedError('OPERATION_RUNNING', `a restore of ${ref.name} was begun and is not over`, {
    object: `cluster ${ref.namespace}/${ref.name}`,
    reason: `its target is ${ongoing.words}; it stands at phase ${ongoing.phase}`,
    hints: [
      `Go on with it: ${commandLine(ref, ongoing.words)}`,
      ...(cancellable.includes(ongoing.phase)
        ? [`Or give it up, nothing is lost yet: pgk restore ${clusterWords(ref)} --cancel`]
        : []),
    ],
  })
}

/** Throws unless the restore that stands has not touched any data. */
function refuseLate(ref: DocumentRef, ongoing: OngoingRestore | undefined): void {
  const object = `cluster ${ref.namespace}/${ref.name}`
  if (ongoing === undefined) {
    throw refusedError('NOTHING_TO_CANCEL', 'no restore is going on', {
      object,
      hints: [`What was restored last: pgk status ${clusterWords(ref)}`],
    })
  }
  if (cancellable.includes(ongoing.phase)) return
  throw refusedError('TOO_LATE_TO_CANCEL', 'the restore has gone too far to be given up', {
    object,
    reason: `it stands at phase ${ongoing.phase}`,
    hints: [
      `Go on with it: ${commandLine(ref, ongoing.words)}`,
      `Then take it back: pgk restore ${clusterWords(ref)} --in-place --undo`,
    ],
  })
}

/** Gives a restore up that has not touched any data; the instances start again as they were. */
export async function cancelRestore(store: Store, ref: DocumentRef): Promise<void> {
  await store.saveStatus(ref, status => {
    refuseLate(ref, ongoingRestore(status))
    return {operation: null}
  })
}
