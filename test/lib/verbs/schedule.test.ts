import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {cronWords, nextRuns} from '../../../src/lib/pgbackrest/schedule-times.ts'
import {backupSchedules} from '../../../src/lib/pgbackrest/schedules.ts'
import {annotationsOf, jobSuffix, repoOf} from '../../../src/lib/verbs/backup.ts'
import {withRetention} from '../../../src/lib/verbs/retention.ts'
import {
  chosenSchedules,
  removeSchedules,
  restSchedules,
  setSchedule,
} from '../../../src/lib/verbs/schedule.ts'
import {readCase} from '../render/cases.ts'

const {document} = readCase('two-sets')
const any = {repo: undefined, type: undefined}
const schedules = (wanted: typeof document) =>
  backupSchedules(wanted).map(({repo, type, cron, suspended}) => [repo, type, cron, suspended])

describe('schedules', () => {
  it('are set for one repository and type, and leave the others alone', () => {
    const changed = withDefaults(setSchedule(document, {repo: 'repo2', type: 'full'}, '@daily'))
    expect(schedules(changed)).toEqual([
      ['repo1', 'full', '0 1 * * 0', false],
      ['repo1', 'diff', '0 1 * * 1-6', false],
      ['repo2', 'full', '@daily', false],
      ['repo2', 'incr', '30 * * * *', false],
    ])
  })

  it.each(['x', '61 * * * *', '* * * * * *', 'TZ=UTC * * * * *'])('refuse "%s"', cron => {
    expect(() => setSchedule(document, {repo: 'repo1', type: 'full'}, cron)).toThrow(/is no schedule/)
  })

  it('rest until they are resumed, each for itself', () => {
    const resting = restSchedules(document, {repo: 'repo1', type: undefined}, true)
    expect(schedules(withDefaults(resting)).map(([, , , suspended]) => suspended)).toEqual([
      true,
      true,
      false,
    ])
    const woken = restSchedules(resting, {repo: 'repo1', type: 'diff'}, false)
    expect(schedules(withDefaults(woken)).map(([, , , suspended]) => suspended)).toEqual([true, false, false])
    expect(restSchedules(woken, any, false).metadata.annotations ?? {}).toEqual(
      document.metadata.annotations ?? {},
    )
  })

  it('that are removed leave no trace, also not of having rested', () => {
    const gone = removeSchedules(restSchedules(document, any, true), any)
    expect(backupSchedules(withDefaults(gone))).toEqual([])
    expect(gone.spec.backups?.pgbackrest?.repos.every(repo => !('schedules' in repo))).toBe(true)
    expect(gone.metadata.annotations ?? {}).toEqual(document.metadata.annotations ?? {})
  })

  it('that do not exist are named with those that do', () => {
    expect(() => chosenSchedules(document, {repo: 'repo2', type: 'full'})).toThrow(
      'there is no such schedule',
    )
  })

  it('say in words and in UTC when they run', () => {
    expect(cronWords('0 1 * * 0')).toBe('At 01:00, only on Sunday')
    expect(nextRuns('30 2 * * *', new Date('2026-03-28T12:00:00Z'), 2)).toEqual([
      '2026-03-29T02:30:00.000Z',
      '2026-03-30T02:30:00.000Z',
    ])
  })
})

describe('flags of backups', () => {
  it('name a repository by number or name', () => {
    expect(repoOf(document, undefined)).toBe('repo1')
    expect(repoOf(document, '2')).toBe('repo2')
    expect(() => repoOf(document, 'repo9')).toThrow('there is no repository "repo9"')
  })

  it('read annotations, with an equals sign in the value if need be', () => {
    expect(annotationsOf(['why=a=b'])).toEqual({why: 'a=b'})
    expect(() => annotationsOf(['why'])).toThrow('--annotation is no key=value')
    expect(() => annotationsOf(['why='])).toThrow('--annotation is no key=value')
  })

  it('make names of Jobs that Kubernetes takes', () => {
    expect(jobSuffix(new Uint8Array([0, 255, 13, 77, 200, 1, 2]))).toMatch(/^[a-z0-9]{5}$/)
  })

  it('change only the retention that is given', () => {
    const changed = withRetention(document, ['repo2'], {full: 5, diff: undefined, archive: undefined})
    expect(changed.spec.backups?.pgbackrest?.global).toEqual({
      ...document.spec.backups?.pgbackrest?.global,
      'repo2-retention-full': '5',
    })
    expect(withRetention(document, ['repo1'], {full: undefined, diff: undefined, archive: undefined})).toBe(
      document,
    )
  })
})
