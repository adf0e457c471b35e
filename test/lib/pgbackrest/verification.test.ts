import {expect, test} from 'vitest'
import {parseExpiry, retentionOf} from '../../../src/lib/pgbackrest/expiry.ts'
import {parseVerification, type Verification} from '../../../src/lib/pgbackrest/verification.ts'
import {toVerify, verificationProblems, verifiedItems} from '../../../src/lib/verbs/verify.ts'
import {readCase} from '../render/cases.ts'
import {backupSet} from './archive-model.ts'

const answer = `stanza: db
status: error
  archiveId: 17-1, total WAL checked: 22, total valid WAL: 22
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261123-083204F, status: invalid, total files checked: 1270, total valid files: 1269
    missing: 0, checksum invalid: 1, size invalid: 0, other: 0
  backup: 20261123-083204F_20261123-084609D, status: valid, total files checked: 1270, total valid files: 1270
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
`
const none = {missing: 0, checksumInvalid: 0, sizeInvalid: 0, other: 0}
const full = '20261123-083204F'
const diff = '20261123-083204F_20261123-084609D'
const sets = [backupSet({label: full}), backupSet({label: diff, type: 'diff', references: [full]})]

test('a verification names every set with what is wrong in it', () => {
  expect(parseVerification(answer)).toEqual({
    ok: false,
    archives: [{id: '17-1', checked: 22, valid: 22, ...none}],
    sets: [
      {label: full, status: 'invalid', valid: false, ...none, checksumInvalid: 1},
      {label: diff, status: 'valid', valid: true, ...none},
    ],
    errors: [],
  })
  expect(parseVerification('ERROR: [103]: no repository')).toBeUndefined()
})

test('a set that builds on a damaged one is damaged too, though all its own files are well', () => {
  const verification = parseVerification(answer)
  if (verification === undefined) throw new Error('not read')
  const options = {repos: ['repo1'], now: new Date('2026-11-23T09:00:00Z')}
  const items = verifiedItems(sets, [], [{repo: 'repo1', verification}], options)
  expect(items.map(({label, valid, cached}) => [label, valid, cached])).toEqual([
    [full, false, false],
    [diff, false, false],
  ])
})

test('a set that pgBackRest says nothing about is not valid, and was not read', () => {
  const verification = {ok: true, sets: [], archives: [], errors: []}
  const options = {repos: ['repo1'], now: new Date('2026-11-23T09:00:00Z')}
  expect(verifiedItems(sets, [], [{repo: 'repo1', verification}], options)).toMatchObject([
    {label: full, valid: false, read: false, cached: false},
    {label: diff, valid: false, read: false, cached: false},
  ])
})

test('a repository without a backup is wrong, and so is one that pgBackRest complains about', () => {
  const well = {ok: true, sets: [], archives: [], errors: []}
  const bad = {...well, ok: false}
  const problems = (verification: Verification, repos = ['repo1']) =>
    verificationProblems(sets, [{repo: 'repo1', verification}], repos)
  expect(problems(well)).toEqual([])
  expect(problems(well, ['repo1', 'repo2'])).toEqual(['repo2 holds no backup'])
  expect(problems(bad)).toEqual(['pgBackRest calls what it read in repo1 not valid'])
  expect(problems({...bad, errors: ['ERROR: [055]: no archive.info']})).toEqual([
    'repo1: ERROR: [055]: no archive.info',
  ])
})

test('what was found valid is not read again; what was not, is', () => {
  const known = {repo: 'repo1', at: '2026-11-23T08:00:00Z'}
  expect(toVerify(sets, [], 'repo1')).toEqual([undefined])
  expect(toVerify(sets, [{...known, label: full, valid: true}], 'repo1')).toEqual([diff])
  expect(
    toVerify(
      sets,
      [
        {...known, label: full, valid: false},
        {...known, label: diff, valid: true},
      ],
      'repo1',
    ),
  ).toEqual([full])
  expect(toVerify(sets, [], 'repo2')).toEqual([])
})

test('an expiry tells the sets and the WAL that go', () => {
  const text = [
    '2026-11-23 09:00:05.005 P00   INFO: [DRY-RUN] repo1: expire full backup set 20261123-083204F, 20261123-083204F_20261123-084609D',
    '2026-11-23 09:00:05.005 P00   INFO: [DRY-RUN] repo1: remove expired backup 20261123-083204F_20261123-084609D',
    '2026-11-23 09:00:05.005 P00   INFO: [DRY-RUN] repo1: remove expired backup 20261123-083204F',
    '2026-11-23 09:00:05.006 P00   INFO: [DRY-RUN] repo1: 17-1 remove archive, start = 000000010000000000000004, stop = 00000001000000000000000E',
  ].join('\n')
  expect(parseExpiry(text, 'repo1')).toEqual({
    repo: 'repo1',
    backups: [full, diff],
    archive: [{id: '17-1', start: '000000010000000000000004', stop: '00000001000000000000000E'}],
  })
})

test('a repository keeps two full backups unless the document says otherwise', () => {
  expect(retentionOf(readCase('default').document, 'repo1')).toEqual({'repo1-retention-full': '2'})
})
