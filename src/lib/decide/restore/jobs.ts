import {Annotation, Label} from '../../model/labels.ts'
import {at, count, list, text} from '../../observe/fields.ts'
import type {JobSeen} from '../../observe/seen.ts'
import {type Observed, objectsOf} from '../../observe/snapshot.ts'
import {withoutQuotes} from '../../pgbackrest/outcome.ts'
import {parseRestoreResult, type RestoreResult} from '../../pgbackrest/restore-script.ts'
import type {RestoreOperation} from './request.ts'

/** How the Job of an operation stands. */
export type JobState =
  | {state: 'absent'}
  /** A Job of the same name that must go first. */
  | {state: 'foreign'; job: JobSeen}
  | {state: 'active'; detail: string | undefined}
  | {state: 'complete'; result: RestoreResult | undefined}
  | {state: 'failed'; job: JobSeen; words: string; result: RestoreResult | undefined; killed: boolean}

/** Exit codes of a program that SIGKILL or SIGTERM ended. */
const endedBySignal = [137, 143]

interface LastWords {
  running: boolean
  words: string
  /** No pod is left to tell, or the last one was ended by somebody, and not for want of memory. */
  killed: boolean
}

/** What the container of a Job's newest pod said last. */
function lastWords(seen: Observed, uid: string): LastWords {
  const pods = objectsOf(seen, 'Pod')
    .filter(({metadata}) => metadata.ownerReferences?.some(owner => owner.uid === uid))
    .sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
  const statuses = pods.flatMap(pod => list(pod, 'status', 'containerStatuses'))
  const words = statuses.flatMap(status => text(status, 'state', 'terminated', 'message') ?? [])
  const running = text(pods.at(-1), 'status', 'phase') === 'Running'
  const end = statuses.map(status => at(status, 'state', 'terminated')).findLast(one => one !== undefined)
  const killed =
    end === undefined ||
    (endedBySignal.includes(count(end, 'exitCode') ?? 0) && text(end, 'reason') !== 'OOMKilled')
  return {running, words: words.at(-1) ?? '', killed}
}

export function jobState(seen: Observed, name: string, {id}: Pick<RestoreOperation, 'id'>): JobState {
  const job = seen.jobs.find(candidate => candidate.name === name)
  if (job === undefined) return {state: 'absent'}
  const own = job.annotations[Annotation.pgbackrestRestore] === id
  if (!own || job.deleting) return {state: 'foreign', job}
  const {running, words, killed} = lastWords(seen, job.uid)
  const result = parseRestoreResult(words)
  if (job.state === 'complete') return {state: 'complete', result}
  if (job.state === 'failed') {
    return {state: 'failed', job, words, result, killed: killed && /backoff limit/i.test(job.message)}
  }
  return {state: 'active', detail: running ? 'the Job runs' : 'the Job starts'}
}

/** Backups that this operation started. */
export const isBackupOf = (job: JobSeen, name: string): boolean =>
  job.name === name && job.labels[Label.pgbackrestBackup] !== undefined

/** The last lines, without times and the result's mark, for a sentence. */
export const sentenceOf = (words: string): string =>
  withoutQuotes(words)
    .split('\n')
    .map(line => line.trim())
    .filter(line => /FATAL|PANIC|ERROR/.test(line))
    .slice(-2)
    .map(line => line.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, ''))
    .join('; ')
