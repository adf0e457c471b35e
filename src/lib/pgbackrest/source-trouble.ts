import {forbiddenError, notFoundError, type PgkError, refusedError} from '../errors.ts'
import type {StanzaInfo} from './info.ts'
import {errorLines, knownCause} from './outcome.ts'

/** What a bucket is called in a sentence, and what it is read with. */
export interface BucketName {
  /** `s3://bucket/path` */
  place: string
  /** Bucket or container. */
  root: string
  stanza: string
  /** Where keys, passphrases and CAs are: `Secret db/keys`. */
  secrets: string
}

const again = 'Nothing was made. Then run the same command again.'

/** A store that nobody answers for. */
export const unreachableBucket = (place: string, reason: string): PgkError =>
  refusedError('REPOSITORY_UNREACHABLE', 'the object store cannot be reached', {
    object: place,
    reason,
    hints: ['Check its endpoint and port, and whether pods may get there.', again],
  })

/** Why a bucket could not be read, from pgBackRest's own words. */
function unreadable(message: string, {place, root, secrets}: BucketName): PgkError {
  const cause = knownCause({exitCode: undefined, words: message})
  const details = (...hints: string[]) => ({object: place, reason: message, hints: [...hints, again]})
  switch (cause?.code) {
    case 'REPOSITORY_DENIED':
      return forbiddenError(
        cause.code,
        'the object store refuses the keys',
        details(`Correct the keys in ${secrets}.`),
      )
    case 'BUCKET_MISSING':
      return notFoundError(
        cause.code,
        `there is no bucket ${root}`,
        details('Check the name, the endpoint and the region of the bucket.'),
      )
    case 'CERTIFICATE_UNTRUSTED':
      return refusedError(
        cause.code,
        cause.message,
        details(`Put the PEM of its CA into ${secrets}, and name the file as repoN-storage-ca-file.`),
      )
    case 'REPOSITORY_KEY_WRONG':
      return refusedError(
        cause.code,
        cause.message,
        details(`Correct repoN-cipher-pass and repoN-cipher-type: a passphrase belongs into ${secrets}.`),
      )
    case 'REPOSITORY_UNREACHABLE':
      return unreachableBucket(place, message)
    default:
      return refusedError(
        'REPOSITORY_UNREADABLE',
        'the bucket cannot be read',
        details(`Check ${place} and ${secrets}.`),
      )
  }
}

/** Why pgBackRest did not even try: its configuration lacks something, or cannot be read. */
export function misconfigured(words: string, {place, secrets}: BucketName): PgkError {
  const reason = errorLines(words)
  const [, option] = /requires option: (\S+)/.exec(reason) ?? []
  const file = `A file of ${secrets} whose name ends in .conf holds [global] on its first line, and below it lines such as repo1-s3-key=….`
  const [code, message]: [string, string] =
    option === undefined
      ? ['CONFIGURATION_INVALID', 'pgBackRest cannot read what the bucket is opened with']
      : ['KEYS_MISSING', `the bucket cannot be opened without ${option}`]
  return refusedError(code, message, {object: place, reason, hints: [file, again]})
}

/** The Postgres major of the newest database that the stanza has known. */
function majorOf({archives}: StanzaInfo): number | undefined {
  const known = archives.map(({id}) => id.split('-').map(Number))
  const [newest] = known.sort(([, left = 0], [, right = 0]) => right - left)
  return newest?.[0]
}

/** Why no cluster can begin with what a bucket holds; undefined where one can. */
export function sourceTrouble(
  info: StanzaInfo,
  bucket: BucketName,
  postgresVersion: number,
): PgkError | undefined {
  const {place, stanza} = bucket
  const bad = [...info.repos, info].find(({state}) => state === 'unreadable')
  if (bad !== undefined) return unreadable(bad.message, bucket)
  if (info.state === 'missing-stanza-path' || info.state === 'missing-stanza-data') {
    return notFoundError('STANZA_MISSING', `${place} holds no stanza ${stanza}`, {
      object: place,
      reason: info.message,
      hints: [
        'Check the path: below it lie the directories archive and backup, and in those the stanza.',
        'Another stanza: dataSource.pgbackrest.stanza, or …&stanza=NAME with --from-repo.',
        again,
      ],
    })
  }
  if (info.backups.length === 0) {
    return refusedError('NO_BACKUPS', `${place} holds no backup that could be restored`, {
      object: place,
      reason: info.message,
      hints: ['Without a backup nothing can be restored from its WAL. Try another repository.'],
    })
  }
  const major = majorOf(info)
  if (major === undefined || major === postgresVersion) return undefined
  return refusedError(
    'POSTGRES_VERSION_DIFFERS',
    `the backups are of Postgres ${major}, not ${postgresVersion}`,
    {
      object: place,
      hints: [
        `Say so: --postgres-version ${major}, or spec.postgresVersion: ${major} in the manifest.`,
        again,
      ],
    },
  )
}
