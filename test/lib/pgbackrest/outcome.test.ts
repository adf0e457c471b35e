import {describe, expect, it} from 'vitest'
import {errorLines, pgbackrestFailure} from '../../../src/lib/pgbackrest/outcome.ts'

const failure = (exitCode: number | undefined, words: string) =>
  pgbackrestFailure('the backup', {exitCode, words, object: 'Job db/hippo-backup-abcde'})

describe('what a failed pgBackRest process means', () => {
  it.each([
    [
      50,
      'ERROR: [050]: unable to acquire lock on file /pgbackrest/repo1/lock/db-backup-1.lock',
      'BACKUP_LOCKED',
      6,
    ],
    [
      56,
      'WARN: LockAcquireError raised from remote-0\nERROR: [056]: unable to find primary cluster',
      'BACKUP_LOCKED',
      6,
    ],
    [56, 'ERROR: [056]: unable to find primary cluster - cannot proceed', 'NO_PRIMARY', 6],
    [56, 'ERROR: [056]: unable to find standby cluster - cannot proceed', 'NO_STANDBY', 6],
    [
      55,
      'ERROR: [055]: unable to load info file /r/backup/db/backup.info\nHINT: has a stanza-create been performed?',
      'STANZA_MISSING',
      6,
    ],
    [64, "ERROR: [064]: unable to write '/r/x': [28] No space left on device", 'REPOSITORY_FULL', 1],
    [49, 'ERROR: [049]: unable to connect to bucket.example.com:443', 'REPOSITORY_UNREACHABLE', 1],
    [103, 'ERROR: [103]: HTTP request failed with 403 (Forbidden):', 'REPOSITORY_DENIED', 1],
    [
      95,
      "ERROR: [095]: unable to verify certificate presented by 's3:443': [20] unable to get local issuer",
      'CERTIFICATE_UNTRUSTED',
      1,
    ],
    [
      29,
      "ERROR: [029]: unable to load info file '/r/backup/db/backup.info':\nFormatError: key/value found outside of section",
      'REPOSITORY_KEY_WRONG',
      1,
    ],
    [63, 'ERROR: [063]: terminated on signal [SIGTERM]', 'BACKUP_STOPPED', 1],
    [143, '', 'BACKUP_STOPPED', 1],
    [82, 'ERROR: [082]: WAL segment 1 was not archived before the 60000ms timeout', 'ARCHIVE_TIMEOUT', 1],
    [25, 'ERROR: [025]: something of its own', 'PGBACKREST_FAILED', 1],
    [undefined, '', 'PGBACKREST_FAILED', 1],
  ])('exit code %s with "%s" is %s', (code, words, id, exitCode) => {
    expect(failure(code, words)).toMatchObject({code: `PGK_${id}`, exitCode})
  })

  it('never quotes a line of a file, which may hold a key', () => {
    const words = 'P00  ERROR: [029]: key/value found outside of section at line 1: repo1-s3-key=TOPSECRET'
    expect(errorLines(words)).toBe('key/value found outside of section at line 1')
    expect(failure(29, words).message + failure(29, words).reason).not.toContain('TOPSECRET')
  })

  it('shows the complaint with its hints, not the log around it', () => {
    const words = [
      '2026-11-23 08:46:07.534 P00   INFO: backup command begin 2.55.1',
      '2026-11-23 08:46:08.000 P00  ERROR: [055]: no such thing',
      '                                    HINT: look there.',
      '2026-11-23 08:46:08.001 P00   INFO: backup command end: aborted',
    ].join('\n')
    expect(errorLines(words)).toBe('no such thing / HINT: look there.')
  })
})
