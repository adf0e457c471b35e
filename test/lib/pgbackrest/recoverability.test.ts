import {describe, expect, it} from 'vitest'
import {
  type ArchiveProgress,
  type BackupPoint,
  recoverability,
} from '../../../src/lib/pgbackrest/recoverability.ts'

const time = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute))
const backup = (type: BackupPoint['type'], minute: number, damaged = false): BackupPoint => ({
  label: `${type}-${minute}`,
  type,
  finishedAt: time(minute),
  damaged,
})
const archive = (change: Partial<ArchiveProgress>): ArchiveProgress => ({
  lastArchivedAt: undefined,
  lastFailedAt: undefined,
  queued: 0,
  caughtUp: false,
  ...change,
})

describe('recoverability', () => {
  it('gives no window without a full backup, and no recovery point either', () => {
    const found = recoverability([], archive({lastArchivedAt: time(1), caughtUp: true}), time(2))
    expect(found.windows).toEqual([])
    expect(found.rpoSeconds).toBeNull()
  })

  it('reaches to now while the archive has everything', () => {
    const found = recoverability(
      [backup('full', 5)],
      archive({lastArchivedAt: time(6), caughtUp: true}),
      time(30),
    )
    expect(found.windows).toEqual([
      {start: time(5).toISOString(), end: time(30).toISOString(), open: true, gaps: []},
    ])
    expect(found.rpoSeconds).toBe(0)
  })

  it('ends at the last archived segment while changes wait', () => {
    const found = recoverability(
      [backup('full', 5)],
      archive({lastArchivedAt: time(20), queued: 1}),
      time(30),
    )
    expect(found.windows[0]?.end).toBe(time(20).toISOString())
    expect(found.rpoSeconds).toBe(600)
  })

  it('says that archiving fails when the newest attempt failed', () => {
    const found = recoverability(
      [backup('full', 5)],
      archive({lastArchivedAt: time(20), lastFailedAt: time(25), queued: 3}),
      time(30),
    )
    expect(found.archiving).toEqual({state: 'failing', queued: 3})
    expect(found.windows[0]?.open).toBe(false)
  })

  it('never opens a window with a damaged full backup', () => {
    const found = recoverability([backup('full', 5, true), backup('full', 9)], undefined, time(30))
    expect(found.windows[0]?.start).toBe(time(9).toISOString())
  })

  it('knows the newest of each type', () => {
    const backups = [backup('full', 5), backup('full', 9), backup('diff', 11), backup('incr', 12)]
    expect(recoverability(backups, undefined, time(30)).lastBackup).toEqual({
      full: time(9).toISOString(),
      differential: time(11).toISOString(),
      incremental: time(12).toISOString(),
    })
  })
})
