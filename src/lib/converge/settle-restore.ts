import {refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {lookForRestore} from '../observe/restore-look.ts'
import {parseSegment} from '../pgbackrest/archive.ts'
import {chooseRestore} from '../pgbackrest/choose-restore.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import type {ReachableChoice, RestoreTarget} from '../pgbackrest/targets.ts'
import type {Clock, DocumentRef, Kube, StoredDocument} from '../ports.ts'
import {parseLsn} from '../postgres/lsn.ts'
import {promisedLsn} from '../verbs/promise.ts'
import {unreachableError} from '../verbs/restore.ts'

interface Ports {
  kube: Kube
  clock: Clock
}

/** Where the leader switched its WAL. */
export interface Switched {
  segment: string
  lsn: string
}

/** What was chosen when the restore was planned. */
export interface Planned {
  ref: DocumentRef
  target: RestoreTarget
  choice: ReachableChoice
}

/** What is known once the archive has all up to the switch: the list must show it. */
function sinceSwitch(facts: RecoveryFacts, switched: Switched | undefined): RecoveryFacts {
  if (switched === undefined) return facts
  const names = [facts.archiver?.lastArchivedWal, switched.segment].filter(
    name => parseSegment(name) !== undefined,
  )
  return {
    ...facts,
    timeline: facts.timeline ?? parseSegment(switched.segment)?.timeline,
    archiver: {
      lastArchivedAt: undefined,
      lastFailedAt: undefined,
      finishedAt: undefined,
      queued: 0,
      ...facts.archiver,
      lastArchivedWal: names.sort().at(-1),
      caughtUp: true,
    },
  }
}

/**
 * Looks at the archive once more and throws unless the plan still holds: a plan counts on segments that were
 * still to come. Gives what recovery must reach at least, where the target is the end.
 */
export async function settle(
  ports: Ports,
  {ref, target, choice}: Planned,
  stored: StoredDocument,
  switched: Switched | undefined,
): Promise<string | undefined> {
  const {facts} = await lookForRestore(ports, ref, stored)
  if (facts === undefined) {
    throw refusedError('BACKUPS_UNKNOWN', 'the archive could not be read again; nothing was touched', {
      object: `cluster ${ref.namespace}/${ref.name}`,
      hints: [`See what runs: pgk status ${clusterWords(ref)}`],
    })
  }
  const {set, timeline} = choice
  const same = {...target, set: set.label, repo: set.repo, timeline}
  const again = chooseRestore(same, sinceSwitch(facts, switched))
  if (!again.reachable) throw unreachableError(again, ref)
  if (target.point.kind !== 'latest') return undefined
  const listed = promisedLsn(target.point, again)
  const here = parseSegment(switched?.segment)?.timeline === timeline ? switched?.lsn : undefined
  return (parseLsn(here ?? '') ?? -1) > (parseLsn(listed ?? '') ?? -1) ? here : listed
}

/** The record of a restore, with what recovery must reach. */
export const withPromise = <T extends {request: Readonly<Record<string, unknown>>}>(
  record: T,
  lsn: string | undefined,
): T => (lsn === undefined ? record : {...record, request: {...record.request, promisedLsn: lsn}})
