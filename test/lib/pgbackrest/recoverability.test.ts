import {describe, expect, it} from 'vitest'
import type {WalArchive} from '../../../src/lib/pgbackrest/archive.ts'
import type {ArchiveProgress, RecoveryFacts} from '../../../src/lib/pgbackrest/lines.ts'
import {recoverability} from '../../../src/lib/pgbackrest/recoverability.ts'
import {atMinute, backupSet} from './archive-model.ts'

const progress = (change: Partial<ArchiveProgress>): ArchiveProgress => ({
  lastArchivedAt: undefined,
  lastArchivedWal: undefined,
  finishedAt: undefined,
  lastFailedAt: undefined,
  queued: 0,
  caughtUp: false,
  ...change,
})
const name = (number: number): string => `00000001000000000000000${number}`
const full = (minute: number, number: number, change = {}) =>
  backupSet({
    label: `full-${minute}`,
    finishedAt: atMinute(minute),
    walStart: name(number),
    walStop: name(number),
    ...change,
  })
/** Only what `info` says: a range. */
const range = (first: number, last: number, repo = 1): WalArchive => ({
  repo,
  id: '17-1',
  segments: undefined,
  first: name(first),
  last: name(last),
  histories: new Map(),
})
/** A listing: segment n was archived at minute n * 10. */
const listed = (numbers: readonly number[], repo = 1): WalArchive => ({
  ...range(1, 9, repo),
  segments: numbers.map(number => ({timeline: 1, number, archivedAt: atMinute(number * 10)})),
})
const facts = (change: Partial<RecoveryFacts>): RecoveryFacts => ({
  now: atMinute(120),
  backups: [],
  archives: [],
  histories: new Map(),
  timeline: 1,
  archiver: undefined,
  ...change,
})
const at = (minute: number, second = 0): string => atMinute(minute + second / 60).toISOString()

describe('recoverability', () => {
  it('gives no window without a full backup, and no recovery point either', () => {
    const found = recoverability(facts({archiver: progress({lastArchivedAt: atMinute(1), caughtUp: true})}))
    expect(found.windows).toEqual([])
    expect(found.rpoSeconds).toBeNull()
  })

  it('reaches to now while the archive has everything', () => {
    const archiver = progress({lastArchivedAt: atMinute(60), caughtUp: true})
    const found = recoverability(facts({backups: [full(50, 5)], archives: [range(4, 6)], archiver}))
    expect(found.windows).toEqual([
      {start: at(50, 1), end: at(120), open: true, timeline: 1, repos: [1], gaps: []},
    ])
    expect(found.rpoSeconds).toBe(0)
  })

  it('ends at the last archived segment while changes wait', () => {
    const archiver = progress({lastArchivedAt: atMinute(110), queued: 1})
    const found = recoverability(facts({backups: [full(50, 5)], archives: [range(4, 6)], archiver}))
    expect(found.windows[0]).toMatchObject({end: at(110), open: true})
    expect(found.rpoSeconds).toBe(600)
  })

  it('counts what was written, not when it arrived, while the archiver catches up', () => {
    const archiver = progress({
      lastArchivedAt: atMinute(119),
      lastArchivedWal: name(6),
      finishedAt: atMinute(70),
      queued: 51,
    })
    const late: WalArchive = {
      ...range(1, 6),
      segments: [4, 5, 6].map(number => ({timeline: 1, number, archivedAt: atMinute(119)})),
    }
    const found = recoverability(facts({backups: [full(50, 5)], archives: [late], archiver}))
    expect(found.windows[0]).toMatchObject({end: at(70)})
    expect(found.rpoSeconds).toBe(50 * 60)
  })

  it('says that archiving fails when the newest attempt failed', () => {
    const archiver = progress({lastArchivedAt: atMinute(20), lastFailedAt: atMinute(25), queued: 3})
    expect(recoverability(facts({archiver})).archiving).toEqual({state: 'failing', queued: 3})
  })

  it('finds the file that is missing inside the archive, and what it costs', () => {
    const archiver = progress({lastArchivedAt: atMinute(90), caughtUp: true})
    const backups = [full(10, 1), full(70, 7)]
    const found = recoverability(facts({backups, archives: [listed([1, 2, 3, 6, 7, 8, 9])], archiver}))
    expect(found.windows).toMatchObject([
      {
        start: at(10, 1),
        end: at(120),
        gaps: [
          {
            start: at(30),
            end: at(70, 1),
            reason: 'missing-wal',
            missing: {first: name(4), last: name(5), count: 2},
          },
        ],
      },
    ])
  })

  it('counts what comes after a missing file as lost until the next backup, whatever the archiver says', () => {
    const archiver = progress({lastArchivedAt: atMinute(90), caughtUp: true})
    const archives = [listed([1, 2, 3, 5, 6, 7, 8, 9])]
    const found = recoverability(facts({backups: [full(10, 1)], archives, archiver}))
    expect(found.windows).toMatchObject([
      {end: at(30), open: false, gaps: [{start: at(30), end: at(120), missing: {first: name(4), count: 1}}]},
    ])
    expect(found.rpoSeconds).toBe(90 * 60)
  })

  it('misses what was archived last and is gone, though the archiver is content', () => {
    const archiver = progress({lastArchivedAt: atMinute(50), lastArchivedWal: name(5), caughtUp: true})
    const found = recoverability(facts({backups: [full(10, 1)], archives: [listed([1, 2, 3])], archiver}))
    expect(found.windows).toMatchObject([
      {end: at(30), open: false, gaps: [{start: at(30), end: at(120), missing: {first: name(4), count: 2}}]},
    ])
    expect(found.rpoSeconds).toBe(90 * 60)
  })

  it('misses nothing at the end that a repository could have which was not listed', () => {
    const archiver = progress({lastArchivedAt: atMinute(50), lastArchivedWal: name(5), caughtUp: true})
    const archives = [listed([1, 2, 3]), range(1, 3, 2)]
    const found = recoverability(facts({backups: [full(10, 1)], archives, archiver}))
    expect(found.windows).toMatchObject([{end: at(120), open: true, gaps: []}])
  })

  it('names what is missing right behind a backup that finished after its WAL had arrived', () => {
    const archiver = progress({lastArchivedAt: atMinute(90), caughtUp: true})
    const found = recoverability(facts({backups: [full(12, 1)], archives: [listed([1, 3, 4])], archiver}))
    expect(found.windows).toMatchObject([
      {start: at(12, 1), end: at(12, 1), gaps: [{start: at(12, 1), end: at(120), missing: {first: name(2)}}]},
    ])
  })

  it('takes a file from whichever repository has it', () => {
    const archives = [listed([1, 2, 4, 5]), listed([2, 3, 4], 2)]
    const [window] = recoverability(facts({backups: [full(10, 1)], archives})).windows
    expect(window).toMatchObject({end: at(50), gaps: []})
  })

  it.each([
    ['damaged', {damaged: true}],
    ['without the set it refers to', {type: 'incr' as const, references: ['expired']}],
    ['without its own WAL', {walStop: name(9)}],
  ])('never opens a window with a set that is %s', (_, change) => {
    const found = recoverability(
      facts({backups: [full(10, 1, change), full(30, 3)], archives: [listed([1, 2, 3, 4])]}),
    )
    expect(found.windows[0]?.start).toBe(at(30, 1))
  })

  it('leaves out what a major upgrade left behind', () => {
    const old: WalArchive = {...listed([1, 2]), id: '16-1'}
    const fresh: WalArchive = {...listed([3, 4]), id: '17-2'}
    const backups = [full(10, 1), full(30, 3, {databaseId: 2})]
    const found = recoverability(facts({backups, archives: [old, fresh]}))
    expect(found.windows).toMatchObject([{start: at(30, 1), gaps: []}])
  })

  it('shows what only the timeline holds that a restore left behind', () => {
    const reason = `before ${atMinute(35).toISOString().replace('T', ' ').replace('Z', '+00')}`
    const archive: WalArchive = {
      ...listed([1, 2, 3, 4, 5]),
      segments: [
        ...(listed([1, 2, 3, 4, 5]).segments ?? []),
        {timeline: 2, number: 4, archivedAt: atMinute(100)},
      ],
      histories: new Map([[2, atMinute(90)]]),
    }
    const found = recoverability(
      facts({
        backups: [full(10, 1)],
        archives: [archive],
        timeline: 2,
        histories: new Map([[2, [{timeline: 1, lsn: 4 * 16 * 1024 * 1024 + 40, reason}]]]),
      }),
    )
    expect(found.windows).toMatchObject([
      {
        timeline: 2,
        start: at(10, 1),
        end: at(100),
        gaps: [{start: at(35), end: at(90), reason: 'undone', timeline: 1}],
      },
      {timeline: 1, start: at(35), end: at(50), gaps: []},
    ])
  })

  it('knows the newest of each type', () => {
    const backups = [full(5, 1), full(9, 2), full(11, 3, {type: 'diff'}), full(12, 4, {type: 'incr'})]
    expect(recoverability(facts({backups})).lastBackup).toEqual({
      full: at(9),
      differential: at(11),
      incremental: at(12),
    })
  })
})
