import {describe, expect, it} from 'vitest'
import type {DrillResult} from '../../../src/lib/pgbackrest/drill-script.ts'
import type {ReachableChoice} from '../../../src/lib/pgbackrest/targets.ts'
import {checksOf, hasPassed, readChecks} from '../../../src/lib/verbs/drill.ts'
import {promisedLsn} from '../../../src/lib/verbs/promise.ts'
import {backupSet} from '../pgbackrest/archive-model.ts'

const choice = (walTo: string | null): ReachableChoice => ({
  reachable: true,
  set: backupSet({label: 'full', lsnStop: '0/5000100'}),
  timeline: 1,
  walFrom: '000000010000000000000005',
  walTo,
  needsSwitch: false,
  certain: true,
  notes: [],
})

describe('what recovery must reach', () => {
  it.each([
    ['the last segment of the archive', '000000010000000100000009', '1/9000028'],
    ['the end of the set, where that is later', '000000010000000000000005', '0/5000100'],
    ['the end of the set, where no segment is known', null, '0/5000100'],
  ])('is %s for the end of the archive', (_, walTo, lsn) => {
    expect(promisedLsn({kind: 'latest'}, choice(walTo))).toBe(lsn)
  })

  it('is no more than the end of the set where segments are not of the usual size', () => {
    const known = choice('000000010000000000000069')
    const set = {...known.set, walStart: '000000010000000000000050', lsnStart: '0/5000028'}
    expect(promisedLsn({kind: 'latest'}, {...known, set})).toBe('0/5000100')
    const usual = {...set, walStart: '000000010000000000000005'}
    expect(promisedLsn({kind: 'latest'}, {...known, set: usual})).toBe('0/69000028')
  })

  it('is the end of a set for that set, and not known for a moment', () => {
    const walTo = '000000010000000000000009'
    expect(promisedLsn({kind: 'backup', label: 'full'}, choice(walTo))).toBe('0/5000100')
    expect(promisedLsn({kind: 'time', at: new Date(0)}, choice(walTo))).toBeUndefined()
  })
})

describe('a drill', () => {
  const result = (...names: string[]): DrillResult => ({
    recoverySeconds: 1,
    timeline: 2,
    lastTransaction: undefined,
    checks: names.map(name => ({name, passed: true, detail: ''})),
  })

  it('has passed when all that was asked for was checked', () => {
    expect(hasPassed(checksOf(result('lsn', 'amcheck', 'checksums'), {sql: false}))).toBe(true)
    expect(hasPassed(checksOf(result('lsn', 'amcheck', 'sql'), {sql: true}))).toBe(true)
  })

  it('fails by a check that did not run', () => {
    const checks = checksOf(result('lsn', 'amcheck'), {sql: true})
    expect(checks.at(-1)).toEqual({name: 'sql', passed: false, detail: 'it was not run'})
    expect(hasPassed(checks)).toBe(false)
    expect(hasPassed(checksOf(result(), {sql: false}))).toBe(false)
  })

  it('without a result has not passed', () => {
    expect(hasPassed(checksOf(undefined, {sql: false}))).toBe(false)
  })

  it.each(['', ' \n', '-- nothing\n', '/* a\nb */;\n'])('refuses %j: nothing in it could fail', text => {
    expect(() => readChecks(text)).toThrow(expect.objectContaining({code: 'PGK_SQL_EMPTY', exitCode: 2}))
  })

  it('takes SQL as it is', () => {
    expect(readChecks('select 1; -- one\n')).toBe('select 1; -- one\n')
  })
})
