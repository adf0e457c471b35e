import {segmentName, type TimelineFork, type WalArchive} from '../../../src/lib/pgbackrest/archive.ts'
import type {BackupSet} from '../../../src/lib/pgbackrest/backup-set.ts'
import type {RecoveryFacts} from '../../../src/lib/pgbackrest/lines.ts'

export const segmentBytes = 16 * 1024 * 1024
const minute = 60_000
const begin = Date.UTC(2026, 0, 1)

export const atMinute = (minutes: number): Date => new Date(begin + minutes * minute)

export const backupSet = (change: Partial<BackupSet> & {label: string}): BackupSet => ({
  type: 'full',
  repo: 1,
  databaseId: 1,
  startedAt: change.finishedAt ?? atMinute(0),
  finishedAt: atMinute(0),
  walStart: undefined,
  walStop: undefined,
  lsnStart: undefined,
  lsnStop: undefined,
  timeline: 1,
  sizeBytes: 1,
  deltaBytes: 1,
  repoSizeBytes: 1,
  repoDeltaBytes: 1,
  damaged: false,
  references: [],
  annotations: {},
  pgbackrestVersion: '2.55.1',
  ...change,
})

const lsnText = (bytes: number): string =>
  `${Math.floor(bytes / 2 ** 32).toString(16)}/${(bytes % 2 ** 32).toString(16)}`.toUpperCase()

export type Operation =
  | {kind: 'write'; lost: boolean}
  /** `late`: it finished only after its WAL had arrived, as it mostly is. */
  | {kind: 'backup'; lost: boolean; damaged: boolean; late: boolean}
  | {kind: 'failover'}
  /** A restore that goes back by so many segments. */
  | {kind: 'rewind'; by: number}

interface File {
  timeline: number
  number: number
  /** When the last of it was written. */
  at: number
  /** When it came into the archive; undefined while it waits. */
  arrived: number | undefined
  lost: boolean
  backup: {consistentAt: number} | undefined
}

/**
 * A cluster's life told segment by segment, and what can be restored found by trying everything: the slow,
 * obvious counterpart of the calculator.
 */
export class ArchiveModel {
  timeline = 1
  next = 1
  minutes = 0
  /** What recovery along the present timeline would read, in order. */
  path: File[] = []
  readonly all: File[] = []
  readonly backups: BackupSet[] = []
  readonly histories = new Map<number, TimelineFork[]>()
  readonly births = new Map<number, Date>()
  readonly holes: {start: number; end: number; timeline: number}[] = []

  do(operation: Operation): void {
    this.minutes += 1
    switch (operation.kind) {
      case 'write':
        this.#archive(operation.lost, undefined)
        break
      case 'backup':
        this.#backup(operation)
        break
      case 'failover':
        this.#fork(this.timeline, this.next, 'no recovery target specified')
        break
      case 'rewind':
        this.#rewind(operation.by)
        break
    }
  }

  #archive(lost: boolean, backup: File['backup']): void {
    const at = this.minutes
    const file = {timeline: this.timeline, number: this.next, at, arrived: at, lost, backup}
    this.path.push(file)
    this.all.push(file)
    this.next += 1
  }

  /** The archive is away while some segments are written; now it is back, and the first of them have arrived. */
  outage(segments: number, arrived: number): void {
    const begun = this.path.length
    for (let count = 0; count < segments; count += 1) this.do({kind: 'write', lost: false})
    for (const [index, file] of this.path.slice(begun).entries())
      file.arrived = index < arrived ? this.minutes : undefined
  }

  #backup({lost, damaged, late}: {lost: boolean; damaged: boolean; late: boolean}): void {
    const finished = this.minutes + (late ? 0.1 : -0.5)
    const name = segmentName(this.timeline, this.next)
    this.backups.push(
      backupSet({
        label: `set-${this.backups.length}`,
        finishedAt: atMinute(finished),
        walStart: name,
        walStop: name,
        lsnStart: lsnText(this.next * segmentBytes + 40),
        lsnStop: lsnText(this.next * segmentBytes + 50),
        timeline: this.timeline,
        damaged,
      }),
    )
    this.#archive(lost, damaged ? undefined : {consistentAt: finished + 1 / 60})
  }

  #fork(from: number, number: number, reason: string): void {
    const newest = Math.max(this.timeline, ...this.histories.keys()) + 1
    const before = this.histories.get(from) ?? []
    this.histories.set(newest, [...before, {timeline: from, lsn: number * segmentBytes + 10, reason}])
    this.births.set(newest, atMinute(this.minutes))
    this.path = this.path.filter(file => file.number < number)
    this.timeline = newest
    this.next = number
  }

  #rewind(by: number): void {
    const target = this.path.at(-by)
    if (target === undefined) return
    const stop = target.at - 1 / 3
    this.#fork(
      target.timeline,
      target.number,
      `before ${atMinute(stop).toISOString().replace('T', ' ').replace('Z', '+00')}`,
    )
    this.holes.push({start: stop, end: this.minutes, timeline: this.timeline})
  }

  facts(caughtUp: boolean): RecoveryFacts {
    const segments = this.all
      .filter(({lost}) => !lost)
      .flatMap(({timeline, number, arrived}) =>
        arrived === undefined ? [] : [{timeline, number, archivedAt: atMinute(arrived)}],
      )
    const queued = this.path.filter(({arrived}) => arrived === undefined).length
    const last = this.path.findLast(({arrived}) => arrived !== undefined)
    const archive: WalArchive = {
      repo: 1,
      id: '17-1',
      segments,
      first: undefined,
      last: undefined,
      histories: this.births,
    }
    return {
      now: atMinute(this.minutes + 5),
      backups: this.backups,
      archives: [archive],
      histories: this.histories,
      timeline: this.timeline,
      archiver: {
        lastArchivedAt: atMinute(last?.arrived ?? this.minutes),
        lastArchivedWal: last && segmentName(last.timeline, last.number),
        finishedAt: last && atMinute(last.at),
        lastFailedAt: undefined,
        queued,
        caughtUp: caughtUp && queued === 0,
      },
    }
  }

  /** Tries every set: is all the WAL there that recovery would read until it meets a later moment? */
  reachable(minutes: number, caughtUp: boolean): boolean {
    const ours = new Set([
      this.timeline,
      ...(this.histories.get(this.timeline) ?? []).map(fork => fork.timeline),
    ])
    if (this.holes.some(hole => ours.has(hole.timeline) && hole.start < minutes && minutes < hole.end))
      return false
    const isThere = ({lost, arrived}: File): boolean => !lost && arrived !== undefined
    return this.path.some((file, index) => {
      if (file.backup === undefined || file.backup.consistentAt > minutes) return false
      const found = this.path.findIndex(({at}) => at >= minutes)
      if (
        found === -1 &&
        !(caughtUp && this.path.every(({arrived}) => arrived !== undefined) && minutes <= this.minutes + 5)
      )
        return false
      const end = found === -1 ? this.path.length - 1 : Math.max(found, index)
      return this.path.slice(index, end + 1).every(isThere)
    })
  }
}
