import type {TimelineFork, WalArchive} from '../pgbackrest/archive.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import {leaderOf, type Observed} from './snapshot.ts'

/** Archives as they were listed; where that failed, what `info` says of them. */
function archivesOf(seen: Observed): WalArchive[] {
  const {backups, archive} = seen.answers
  const listed = archive?.archives ?? []
  const known = new Set(listed.map(({repo, id}) => `${repo}/${id}`))
  const told = backups?.known ? backups.value.archives : []
  const rest = told
    .filter(({repo, id}) => !known.has(`${repo}/${id}`))
    .map(range => ({...range, segments: undefined, histories: new Map<number, Date | undefined>()}))
  return [...listed, ...rest]
}

/** What Patroni remembers of the way to the present timeline; history files of the archive go before. */
function historiesOf(seen: Observed): Map<number, readonly TimelineFork[]> {
  const changes = seen.config?.history ?? []
  const told = changes.map(({timeline, lsn, reason}): TimelineFork => ({timeline, lsn, reason}))
  const found = new Map<number, readonly TimelineFork[]>()
  told.forEach((fork, index) => {
    const next = told[index + 1]?.timeline ?? leaderOf(seen)?.member?.timeline ?? fork.timeline + 1
    found.set(next, told.slice(0, index + 1))
  })
  for (const [timeline, forks] of seen.answers.archive?.histories ?? []) found.set(timeline, forks)
  return found
}

/**
 * What recoverability is derived from, so far as it was asked for and answered; undefined when no repository
 * could be read.
 */
export function recoveryFacts(seen: Observed): RecoveryFacts | undefined {
  const {backups, sql} = seen.answers
  if (backups?.known !== true) return undefined
  // A repository that could not be read says nothing about what it holds.
  const {repos} = backups.value
  if (repos.length > 0 && repos.every(({state}) => state === 'unreadable')) return undefined
  const leader = sql?.known && !sql.value.inRecovery ? sql.value : undefined
  return {
    now: seen.at,
    backups: backups.value.backups,
    archives: archivesOf(seen),
    histories: historiesOf(seen),
    timeline: leaderOf(seen)?.member?.timeline ?? leader?.timeline,
    archiver: leader?.archiver,
  }
}
