import {failedError} from '../errors.ts'
import {type BackupSet, parseBackupSet} from './backup-set.ts'
import {field, listField, numberField, parseExactly, textField} from './json.ts'
import {stanza} from './layout.ts'

export type StanzaState =
  | 'ok'
  | 'missing-stanza-path'
  | 'no-valid-backups'
  | 'missing-stanza-data'
  /** Repositories differ: look at each. */
  | 'mixed'
  | 'database-mismatch'
  | 'backup-missing'
  /** The repository could not be read: unreachable, access denied, wrong key. */
  | 'unreadable'

const states: Readonly<Record<number, StanzaState>> = {
  0: 'ok',
  1: 'missing-stanza-path',
  2: 'no-valid-backups',
  3: 'missing-stanza-data',
  4: 'mixed',
  5: 'database-mismatch',
  6: 'backup-missing',
}

export interface StanzaStatus {
  state: StanzaState
  message: string
}

export interface RepoInfo extends StanzaStatus {
  number: number
  encrypted: boolean
}

export interface ArchiveRange {
  /** `17-1`: the Postgres version and how often the stanza was upgraded. */
  id: string
  repo: number
  /** Segments; undefined while the archive is empty. Says nothing about gaps between them. */
  first: string | undefined
  last: string | undefined
}

/** A backup that is being made, as its lock file tells; bytes, absent while not copying. */
export interface BackupProgress {
  sizeBytes: number | undefined
  doneBytes: number | undefined
}

export interface StanzaInfo extends StanzaStatus {
  repos: readonly RepoInfo[]
  /** Oldest first. */
  backups: readonly BackupSet[]
  archives: readonly ArchiveRange[]
  /** 64-bit numbers in decimal digits, one for each database the stanza has known. */
  systemIdentifiers: readonly string[]
  /** Undefined while no backup runs, so far as the process that was asked can see. */
  running: BackupProgress | undefined
}

/** The first line of a complaint, with the word of the object store; the rest is the whole HTTP exchange. */
export function brief(message: string): string {
  const [first = ''] = message.split('\n')
  const told = [/<Code>([^<]*)<\/Code>/, /<Message>([^<]*)<\/Message>/].flatMap(
    tag => tag.exec(message)?.[1] ?? [],
  )
  return [first.trim().replace(/:$/, ''), ...told].join(': ')
}

function parseStatus(value: unknown): StanzaStatus {
  const code = numberField(value, 'code') ?? 99
  return {state: states[code] ?? 'unreadable', message: brief(textField(value, 'message') ?? `code ${code}`)}
}

const repoKey = (value: unknown, ...path: string[]): number => numberField(value, ...path) ?? 1

const parseRepo = (repo: unknown): RepoInfo => ({
  ...parseStatus(field(repo, 'status')),
  number: repoKey(repo, 'key'),
  encrypted: (textField(repo, 'cipher') ?? 'none') !== 'none',
})

const parseArchive = (archive: unknown): ArchiveRange => ({
  id: textField(archive, 'id') ?? '',
  repo: repoKey(archive, 'database', 'repo-key'),
  first: textField(archive, 'min'),
  last: textField(archive, 'max'),
})

function parseProgress(entry: unknown): BackupProgress | undefined {
  const lock = field(entry, 'status', 'lock', 'backup')
  if (field(lock, 'held') !== true) return undefined
  return {sizeBytes: numberField(lock, 'size'), doneBytes: numberField(lock, 'size-cplt')}
}

const byFinish = (left: BackupSet, right: BackupSet): number =>
  left.finishedAt.getTime() - right.finishedAt.getTime()

function parseStanza(entry: unknown): StanzaInfo {
  const ids = listField(entry, 'db').map(database => textField(database, 'system-id'))
  return {
    ...parseStatus(field(entry, 'status')),
    repos: listField(entry, 'repo').map(parseRepo),
    backups: listField(entry, 'backup')
      .map(parseBackupSet)
      .filter(backup => backup !== undefined)
      .sort(byFinish),
    archives: listField(entry, 'archive').map(parseArchive),
    systemIdentifiers: [...new Set(ids.filter(id => id !== undefined))],
    running: parseProgress(entry),
  }
}

const unreadable = (reason: string, cause?: unknown) =>
  failedError('BACKUP_INFO_UNREADABLE', 'the answer of pgbackrest info cannot be read', {
    reason,
    ...(cause === undefined ? {} : {cause}),
  })

function decode(text: string): unknown {
  try {
    // A complaint can quote what a wrong key made of a file: pgBackRest does not escape all of it.
    return parseExactly(text.replace(/\p{Cc}/gu, ' '))
  } catch (error) {
    throw unreadable('it is not JSON', error)
  }
}

/** What `parseInfo` reads the answer of. Seconds of patience where a repository may be mute. */
export const infoCommand = (of: string = stanza, patience?: string): string[] => [
  ...['pgbackrest', 'info', `--stanza=${of}`, '--output=json'],
  ...(patience === undefined ? [] : [patience]),
  '--log-level-console=off',
]

/**
 * Reads `pgbackrest info --stanza=db --output=json`. The command exits 0 whatever is wrong, so the state is
 * in the result. Throws `BACKUP_INFO_UNREADABLE` for an empty or cut answer, which is worth asking again.
 */
export function parseInfo(text: string, of: string = stanza): StanzaInfo {
  if (text.trim() === '') throw unreadable('it is empty')
  const answer = decode(text)
  if (!Array.isArray(answer)) throw unreadable('it is not a list of stanzas')
  const entry = answer.find(candidate => textField(candidate, 'name') === of)
  if (entry !== undefined) return parseStanza(entry)
  return {
    state: 'missing-stanza-path',
    message: `no stanza ${of}`,
    repos: [],
    backups: [],
    archives: [],
    systemIdentifiers: [],
    running: undefined,
  }
}

/** True when a repository has the stanza, with or without backups in it. */
export const hasStanza = (info: StanzaInfo, repo: number): boolean =>
  info.repos.some(({number, state}) => number === repo && (state === 'ok' || state === 'no-valid-backups'))
