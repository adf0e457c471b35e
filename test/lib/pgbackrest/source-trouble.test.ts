import {describe, expect, it} from 'vitest'
import {parseInfo} from '../../../src/lib/pgbackrest/info.ts'
import {misconfigured, sourceTrouble} from '../../../src/lib/pgbackrest/source-trouble.ts'

const bucket = {place: 's3://herd/hippo', root: 'herd', stanza: 'db', secrets: 'Secret db/keys'}

/** As `pgbackrest info` answers. */
const info = (repo: {code: number; message: string}, more: object = {}) =>
  parseInfo(
    JSON.stringify([
      {
        name: 'db',
        status: {code: repo.code, message: repo.code === 99 ? 'other' : repo.message},
        repo: [{key: 1, cipher: 'aes-256-cbc', status: repo}],
        db: [],
        backup: [],
        archive: [],
        ...more,
      },
    ]),
  )
const http = (code: string, status: string): string =>
  `[ProtocolError] HTTP request failed with ${status}:\n*** Path/Query ***:\nGET /herd\n<Error><Code>${code}</Code><Message>No</Message></Error>`
const backup = {
  label: '20260101-110000F',
  type: 'full',
  error: false,
  database: {id: 1, 'repo-key': 1},
  timestamp: {start: 1767265200, stop: 1767265260},
  archive: {start: '000000010000000000000002', stop: '000000010000000000000002'},
}
const archive = (id: string) => ({id, database: {'repo-key': 1, id: 1}, min: null, max: null})

describe('a bucket that no cluster can begin with', () => {
  it.each([
    [http('InvalidAccessKeyId', '403 (Forbidden)'), 'REPOSITORY_DENIED', 4],
    [http('SignatureDoesNotMatch', '403 (Forbidden)'), 'REPOSITORY_DENIED', 4],
    [http('AuthenticationFailed', '403 (Server failed to authenticate)'), 'REPOSITORY_DENIED', 4],
    [http('NoSuchBucket', '404 (Not Found)'), 'BUCKET_MISSING', 5],
    [http('ContainerNotFound', '404 (Not Found)'), 'BUCKET_MISSING', 5],
    [
      "[CryptoError] unable to verify certificate presented by 's3:443': [20] unable to get local issuer",
      'CERTIFICATE_UNTRUSTED',
      6,
    ],
    ["[CryptoError] unable to load info file '/hippo/backup/db/backup.info'", 'REPOSITORY_KEY_WRONG', 6],
    ["[FormatError] unable to load info file '/hippo/backup/db/backup.info'", 'REPOSITORY_KEY_WRONG', 6],
    ["[HostConnectError] unable to connect to 's3:9': [111] Connection refused", 'REPOSITORY_UNREACHABLE', 6],
    ['[ServiceError] something else', 'REPOSITORY_UNREADABLE', 6],
  ])('%s is %s, exit %i', (message, code, exitCode) => {
    const trouble = sourceTrouble(info({code: 99, message}), bucket, 17)
    expect(trouble).toMatchObject({code: `PGK_${code}`, exitCode, object: 's3://herd/hippo'})
    expect(trouble?.hints.at(-1)).toBe('Nothing was made. Then run the same command again.')
    expect(trouble?.hints.length).toBeGreaterThan(1)
  })

  it.each([
    [{code: 1, message: 'missing stanza path'}, {}, 'STANZA_MISSING', 5],
    [{code: 3, message: 'missing stanza data'}, {}, 'STANZA_MISSING', 5],
    [{code: 2, message: 'no valid backups'}, {}, 'NO_BACKUPS', 6],
    [{code: 0, message: 'ok'}, {backup: [backup], archive: [archive('16-1')]}, 'POSTGRES_VERSION_DIFFERS', 6],
  ])('%j with %j is %s, exit %i', (repo, more, code, exitCode) => {
    expect(sourceTrouble(info(repo, more), bucket, 17)).toMatchObject({code: `PGK_${code}`, exitCode})
  })

  it('is none where the newest database is of the same major', () => {
    const archives = [archive('17-2'), archive('16-1')]
    expect(
      sourceTrouble(info({code: 0, message: 'ok'}, {backup: [backup], archive: archives}), bucket, 17),
    ).toBe(undefined)
  })

  it.each([
    [
      "P00  ERROR: [029]: missing '=' in key/value at line 3: repo1-s3-key TOPSECRET",
      'CONFIGURATION_INVALID',
    ],
    ['P00  ERROR: [037]: info command requires option: repo1-s3-key', 'KEYS_MISSING'],
  ])('is told without its keys: %s', (words, code) => {
    const trouble = misconfigured(words, bucket)
    expect(trouble).toMatchObject({code: `PGK_${code}`, exitCode: 6})
    expect(JSON.stringify([trouble.message, trouble.reason, trouble.hints])).not.toContain('TOPSECRET')
  })

  it('is told even when a wrong key put noise into the answer', () => {
    const noisy = JSON.stringify([
      {
        name: 'db',
        status: {code: 99, message: 'other'},
        repo: [{key: 1, status: {code: 99, message: 'NOISE'}}],
      },
    ]).replace('NOISE', "[FormatError] unable to load info file '/x/backup.info':\u0007\u0000")
    expect(sourceTrouble(parseInfo(noisy), bucket, 17)?.code).toBe('PGK_REPOSITORY_KEY_WRONG')
  })
})
