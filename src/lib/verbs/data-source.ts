import {PgkError, usageError} from '../errors.ts'
import type {BucketSource} from '../model/data-source-rules.ts'
import type {CompleteCluster, PostgresCluster} from '../model/document.ts'
import {Annotation} from '../model/labels.ts'
import {placeText, storePlace} from '../model/repo-place.ts'
import {readRestoreOption} from '../model/restore-options.ts'
import {recoveryFacts} from '../observe/recovery.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {ReachableChoice, UnreachableChoice} from '../pgbackrest/targets.ts'
import {anotherCluster, remembering} from './clone.ts'
import {promisedLsn, promising} from './promise.ts'
import {planRestore, type RestorePlan} from './restore.ts'
import {readTarget, restoreOptions, type TargetFlags, type Wanted} from './restore-target.ts'
import {resolveLocal} from './restore-time.ts'

/** The target that a document's options name. `newest` is the label of the newest set. */
export function targetOf(options: readonly string[], newest: string | undefined): TargetFlags {
  const read = new Map(
    options.flatMap(entry => readRestoreOption(entry) ?? []).map(({name, value}) => [name, value]),
  )
  const [set, target, along] = [read.get('set'), read.get('target'), read.get('target-timeline')]
  const timeline = Number(along ?? read.get('recovery-option')?.split('=')[1])
  const label = set === 'latest' ? newest : set
  const rest: TargetFlags = {
    ...(label === undefined ? {} : {set: label}),
    ...(Number.isInteger(timeline) ? {timeline} : {}),
    ...(read.has('target-exclusive') ? {exclusive: true} : {}),
  }
  switch (read.get('type')) {
    case 'immediate':
      return {...rest, backup: label ?? newest}
    case 'time':
      return {...rest, pitr: target}
    case 'lsn':
      return {...rest, lsn: target}
    case 'xid':
      return {...rest, xid: target}
    case 'name':
      return {...rest, name: target}
    default:
      return {...rest, latest: true}
  }
}

const field = 'spec.dataSource.pgbackrest.options'

/** The same, read. A time without a zone is UTC, as it is to the Postgres that recovers. */
function wantedBy(source: BucketSource, newest: string | undefined, now: Date): Wanted {
  try {
    return readTarget(targetOf(source.options ?? [], newest), now, (local, text) =>
      resolveLocal(local, 'UTC', text),
    )
  } catch (error) {
    if (!(error instanceof PgkError)) throw error
    const reason = error.reason === undefined ? {} : {reason: error.reason}
    throw usageError('TARGET_INVALID', error.message, {object: `field ${field}`, ...reason, cause: error})
  }
}

export interface BucketPlan {
  plan: RestorePlan
  choice: ReachableChoice | UnreachableChoice
  wanted: Wanted
}

/** `s3://bucket/path` */
export function sourcePlace({repo, global}: BucketSource): string {
  const place = storePlace(repo, global)
  return place === undefined ? repo.name : placeText(place)
}

/**
 * Pure. What beginning with a bucket's data would mean, by what was seen in it. `asked` is the target where
 * flags name it; else the document's options do.
 */
export function planBucket(
  document: CompleteCluster,
  source: BucketSource,
  seen: Observed,
  asked: Wanted | undefined,
): BucketPlan {
  const {backups} = seen.answers
  const sets = backups?.known ? backups.value.backups : []
  const facts = recoveryFacts(seen) ?? {
    ...{now: seen.at, backups: sets, archives: [], histories: new Map()},
    ...{timeline: undefined, archiver: undefined},
  }
  const wanted = asked ?? wantedBy(source, sets.at(-1)?.label, seen.at)
  const into = {cluster: seen.cluster, namespace: seen.namespace, inPlace: false}
  const {choice, ...plan} = planRestore(wanted, {document, seen, facts, from: sourcePlace(source)}, into)
  const [first, last] = [sets[0]?.label, sets.at(-1)?.label]
  const held = `It holds ${sets.length} backup${sets.length === 1 ? '' : 's'}: ${[...new Set([first, last])].join(' to ')}.`
  return {plan: {...plan, notes: [...plan.notes, held]}, choice, wanted}
}

/**
 * The document with the set and the timeline that were chosen, so that what happens is what was shown; with the
 * words that it was asked for by, so that only they go on with it; and with what recovery must reach.
 */
export function pinTo(document: PostgresCluster, {choice, wanted}: BucketPlan): PostgresCluster {
  const source = document.spec.dataSource?.pgbackrest
  if (source === undefined || !choice.reachable) return document
  const options = restoreOptions(wanted, choice.set, choice.timeline).filter(
    one => !one.startsWith('--repo='),
  )
  const asked = remembering(document, {[Annotation.clonedWith]: wanted.text})
  return withOptions(promising(asked, promisedLsn(wanted.target.point, choice)), source, options)
}

const withOptions = (
  document: PostgresCluster,
  source: BucketSource,
  options: string[],
): PostgresCluster => ({
  ...document,
  spec: {...document.spec, dataSource: {pgbackrest: {...source, options}}},
})

/** How the target was asked for. The end of the archive, which the words call `--latest`, needs no flag here. */
function askedBy(words: string | undefined): string {
  if (words === undefined) return 'a manifest'
  const flags = words.replace(/^--latest ?/, '')
  return flags === '' ? '--from-repo and no target' : `--from-repo and ${flags}`
}

/**
 * A cluster that was begun keeps what its target meant then, where the same flags ask for it again. Other ones
 * are refused: its data would not be what they ask for.
 */
export function keepTarget(
  wanted: PostgresCluster,
  existing: PostgresCluster,
  words: string,
): PostgresCluster {
  const source = wanted.spec.dataSource?.pgbackrest
  const begun = existing.spec.dataSource?.pgbackrest
  if (source === undefined || begun === undefined) return wanted
  const begunWith = existing.metadata.annotations?.[Annotation.clonedWith]
  if (begunWith === words) return withOptions(wanted, source, begun.options ?? [])
  throw anotherCluster(existing, `it was made from ${sourcePlace(begun)} by ${askedBy(begunWith)}`)
}
