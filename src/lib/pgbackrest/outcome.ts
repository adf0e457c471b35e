import {failedError, type PgkError, refusedError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'

/** How a pgBackRest process of a pod ended. */
export interface PgbackrestEnd {
  /** The exit code; undefined where the pod vanished or never ran. */
  exitCode: number | undefined
  /** Its last lines. */
  words: string
  /** `Job db/hippo-backup-x1y2z` */
  object: string
  /** Whose it is, for what to run next. */
  cluster: {name: string; namespace: string}
}

/** pgBackRest quotes the line of a file that it cannot read, and that line may hold a key. */
export const withoutQuotes = (words: string): string => words.replace(/\b(at line \d+): .*$/gm, '$1')

/** The error line of pgBackRest with its hints, without times and process numbers. */
export function errorLines(words: string): string {
  const lines = withoutQuotes(words)
    .split('\n')
    .map(line => line.trim().replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ P\d+\s+/, ''))
    .filter(line => line !== '')
  const first = lines.findIndex(line => /^(?:P\d+\s+)?ERROR:/.test(line))
  const told = first === -1 ? lines.slice(-2) : lines.slice(first).filter(line => !/^INFO:/.test(line))
  return told
    .map(line => line.replace(/^(?:P\d+\s+)?ERROR: \[\d+\]: /, ''))
    .slice(0, 6)
    .join(' / ')
}

interface Cause {
  code: string
  message: string
  refused?: true
  /** `CLUSTER` stands for the words by which a command finds it; `hintsFor` puts them in. */
  hints: readonly string[]
}

const locked: Cause = {
  code: 'BACKUP_LOCKED',
  message: 'another backup or expiry works on this repository',
  refused: true,
  hints: ['Wait until it has ended, then run the same command again.'],
}

const unreachable: Cause = {
  code: 'REPOSITORY_UNREACHABLE',
  message: 'the repository or an instance cannot be reached',
  hints: ['See what is up: pgk status CLUSTER', 'For an object store, check its endpoint and the network.'],
}

/** By what was said: one exit code stands for several causes. */
const bySaying: readonly [RegExp, Cause][] = [
  [/unable to acquire lock|LockAcquireError/, locked],
  [
    /No space left on device|Disk quota exceeded|EntityTooLarge|QuotaExceeded/i,
    {
      code: 'REPOSITORY_FULL',
      message: 'the repository is full',
      hints: [
        'See what could go: pgk backup expire CLUSTER',
        'Or give it more room: volumeClaimSpec.resources.requests.storage in the manifest.',
      ],
    },
  ],
  [
    /InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|AuthenticationFailed|failed with 40[13]\b/,
    {
      code: 'REPOSITORY_DENIED',
      message: 'the object store refuses the credentials',
      hints: ['Check the keys in the Secret that backups.pgbackrest.configuration names.'],
    },
  ],
  [
    /NoSuchBucket|ContainerNotFound/,
    {
      code: 'BUCKET_MISSING',
      message: 'the bucket of the repository is not there',
      hints: ['Check the name of the bucket or container, its endpoint and its region.'],
    },
  ],
  [
    // Before what is said of encryption: pgBackRest calls both a CryptoError.
    /certificate/i,
    {
      code: 'CERTIFICATE_UNTRUSTED',
      message: 'the certificate of the repository is not trusted',
      hints: [
        'Name the CA that signed it as repoN-storage-ca-file, a file of backups.pgbackrest.configuration.',
      ],
    },
  ],
  [/unable to get address|HostConnectError|\[049\]/, unreachable],
  [
    /unable to find standby/,
    {
      code: 'NO_STANDBY',
      message: 'backups are to be taken from a standby, and none is running',
      refused: true,
      hints: ['Bring a replica up, or set backup-standby to prefer in backups.pgbackrest.global.'],
    },
  ],
  [
    /unable to find primary/,
    {
      code: 'NO_PRIMARY',
      message: 'no primary answers, and a backup needs one',
      refused: true,
      hints: ['See who leads: pgk status CLUSTER'],
    },
  ],
  [
    // What is decrypted with a wrong key is noise, which pgBackRest tries to read as a file of its own.
    /cipher|unable to (?:de|en)crypt|CryptoError|FormatError|\bflush\b.*key/i,
    {
      code: 'REPOSITORY_KEY_WRONG',
      message: 'the repository cannot be decrypted with the key given',
      hints: ['Compare repoN-cipher-type and repoN-cipher-pass with those the repository was made with.'],
    },
  ],
  [
    /has a stanza-create been performed|stanza .* does not exist|unable to load info file .*backup\.info/,
    {
      code: 'STANZA_MISSING',
      message: 'the repository has no stanza',
      refused: true,
      hints: ['Have pgk complete the cluster: pgk export CLUSTER | pgk apply -f -'],
    },
  ],
  [
    /stop file exists/,
    {
      code: 'STANZA_STOPPED',
      message: 'pgBackRest was told to stop',
      refused: true,
      hints: ['Remove the stop file: pgbackrest start on the repository host.'],
    },
  ],
]

const byCode: Readonly<Record<number, Cause>> = {
  49: unreachable,
  50: locked,
  56: {
    code: 'NO_PRIMARY',
    message: 'Postgres cannot be reached for the backup',
    hints: ['See who leads: pgk status CLUSTER'],
  },
  63: {
    code: 'BACKUP_STOPPED',
    message: 'the backup was stopped',
    hints: ['Run the same command again: what was copied is taken up.'],
  },
  82: {
    code: 'ARCHIVE_TIMEOUT',
    message: 'the WAL that the backup needs was not archived in time',
    hints: ['See how archiving is: pgk status CLUSTER'],
  },
  101: {
    code: 'REPOSITORY_UNREACHABLE',
    message: 'the object store does not answer as it should',
    hints: ['Check its endpoint, its certificate and the network.'],
  },
  105: {
    code: 'REPOSITORY_DENIED',
    message: 'the object store refuses the credentials',
    hints: ['Check the keys in the Secret that backups.pgbackrest.configuration names.'],
  },
}

const stopped = new Set([137, 143])

/** What pgBackRest's end or words are known to mean. */
export function knownCause({exitCode, words}: Pick<PgbackrestEnd, 'exitCode' | 'words'>): Cause | undefined {
  const said = bySaying.find(([pattern]) => pattern.test(words))?.[1]
  if (said) return said
  if (exitCode !== undefined && stopped.has(exitCode)) return byCode[63]
  return exitCode === undefined ? undefined : byCode[exitCode]
}

/** What to run next, for the cluster that it happened to. */
export const hintsFor = ({hints}: Cause, cluster: PgbackrestEnd['cluster']): string[] =>
  hints.map(hint => hint.replaceAll('CLUSTER', clusterWords(cluster)))

/** What a failed pgBackRest process means for the one who asked for it. */
export function pgbackrestFailure(what: string, end: PgbackrestEnd): PgkError {
  const cause = knownCause(end)
  const reason = errorLines(end.words)
  const details = {object: end.object, ...(reason === '' ? {} : {reason})}
  if (cause === undefined) {
    const code = end.exitCode === undefined ? '' : ` with exit code ${end.exitCode}`
    return failedError('PGBACKREST_FAILED', `${what} failed${code}`, details)
  }
  const family = cause.refused ? refusedError : failedError
  return family(cause.code, cause.message, {...details, hints: hintsFor(cause, end.cluster)})
}
