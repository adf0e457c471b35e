import {PgkError} from '../errors.ts'
import {clusterNames} from '../model/names.ts'
import {infoCommand, parseInfo, type StanzaInfo} from '../pgbackrest/info.ts'
import {withoutQuotes} from '../pgbackrest/outcome.ts'
import type {ExecOptions, ExecResult, Kube, PgkReason} from '../ports.ts'
import {type LeaderState, leaderStateQuery, parseLeaderState} from '../postgres/leader-state.ts'
import {type ArchiveView, askArchives} from './archive.ts'
import type {Answer, Questions, WriteProbe} from './questions.ts'

export interface DiskUse {
  usedBytes: number
  totalBytes: number
}

/** The answers to a snapshot's questions; undefined where a question was not asked. */
export interface Answers {
  sql: Answer<LeaderState> | undefined
  /** `pgbackrest info`. */
  backups: Answer<StanzaInfo> | undefined
  /** What the archives hold. */
  archive?: ArchiveView | undefined
  /** By instance. */
  disks: ReadonlyMap<string, DiskUse>
  /** When the write was acknowledged. */
  write: Answer<Date> | undefined
  unknown: readonly PgkReason[]
}

export const noAnswers: Answers = {
  sql: undefined,
  backups: undefined,
  disks: new Map(),
  write: undefined,
  unknown: [],
}

/** Whom to ask: pods that run now. */
export interface Witnesses {
  namespace: string
  cluster: string
  leaderPod: string | undefined
  /** Where `pgbackrest info` shows most: the repository host, else an instance. */
  backupPod: {name: string; container: string} | undefined
  instancePods: readonly {instance: string; pod: string}[]
  password(secret: string): string | undefined
  now(): Date
}

const answerSeconds = 8
/** Less than that, or the reason why a repository cannot be read would never be told. */
const patience = '--io-timeout=5'

async function ask<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return {known: true, value: await work()}
  } catch (error) {
    const reason = error instanceof PgkError ? [error.message, error.reason] : [String(error)]
    return {known: false, reason: reason.filter(part => part !== undefined).join(': ')}
  }
}

function output(result: ExecResult): string {
  if (result.exitCode !== 0) {
    const words = withoutQuotes(`${result.stderr} ${result.stdout}`).trim().split('\n').slice(-2).join(' ')
    throw new Error(words === '' ? `exit code ${result.exitCode}` : words)
  }
  // An exec can succeed and lose its output; each of these commands prints something.
  if (result.stdout.trim() === '') throw new Error('the command succeeded without output')
  return result.stdout
}

const sqlCommand = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-']

/** The password comes on the first line of stdin, so that it is in no argument and no log. */
const writeScript = `IFS= read -r PGPASSWORD && export PGPASSWORD && exec psql -XAtq -v ON_ERROR_STOP=1 -d "$0" -f -`
/** Commits, waits for the synchronous standby where there is one, and leaves nothing behind. */
const writeStatement = `select pg_logical_emit_message(true, 'pgk', 'write probe') is not null;`

/** A connection string value in libpq's quoting. */
const quoted = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`

export function writeTarget(probe: WriteProbe): string {
  const parts = {
    host: probe.host,
    port: String(probe.port),
    dbname: probe.database,
    user: probe.user,
    sslmode: 'verify-full',
    sslrootcert: '/pgconf/tls/ca.crt',
    connect_timeout: '3',
    target_session_attrs: 'read-write',
  }
  return Object.entries(parts)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(' ')
}

/**
 * Asks every question at once, each with its own deadline; only the archives are listed when the leader has
 * answered, so that what it has archived by then must be in the list.
 */
export async function answer(kube: Kube, questions: Questions, who: Witnesses): Promise<Answers> {
  const exec = async (options: Omit<ExecOptions, 'namespace' | 'timeoutSeconds'>): Promise<string> =>
    output(await kube.exec({...options, namespace: who.namespace, timeoutSeconds: answerSeconds}))
  const database = 'database'
  const {leaderPod, backupPod} = who
  const probe = questions.write

  const sql = async (): Promise<LeaderState> => {
    if (leaderPod === undefined) throw new Error('no leader')
    const said = await exec({
      pod: leaderPod,
      container: database,
      command: sqlCommand,
      stdin: leaderStateQuery,
    })
    const state = parseLeaderState(said)
    if (state === undefined) throw new Error('the leader gave no answer that can be read')
    return state
  }
  const backups = async (): Promise<StanzaInfo> => {
    if (backupPod === undefined)
      throw new Error(`no pod of ${clusterNames(who.cluster).repoHost} or instance runs`)
    const command = infoCommand(undefined, patience)
    return parseInfo(await exec({pod: backupPod.name, container: backupPod.container, command}))
  }
  const archives = async (repos: readonly number[]): Promise<ArchiveView> =>
    askArchives(async command => {
      if (backupPod === undefined) throw new Error('no pod that knows the repositories runs')
      return exec({pod: backupPod.name, container: backupPod.container, command})
    }, repos)
  const write = async (probe: WriteProbe): Promise<Date> => {
    const password = who.password(probe.secret)
    if (password === undefined) throw new Error(`Secret ${probe.secret} has no password`)
    const stdin = `${password}\n${writeStatement}\n`
    await exec({
      pod: probe.pod,
      container: database,
      command: ['sh', '-c', writeScript, writeTarget(probe)],
      stdin,
    })
    return who.now()
  }
  const disk = async (pod: string): Promise<DiskUse> => {
    const command = ['df', '--block-size=1', '--output=used,size', '/pgdata']
    const [used, total] = ((await exec({pod, container: database, command})).split('\n')[1] ?? '')
      .trim()
      .split(/\s+/)
    return {usedBytes: Number(used), totalBytes: Number(total)}
  }

  const asked = questions.sql ? ask(sql) : undefined
  const listed = async (repos: readonly number[]): Promise<ArchiveView> => {
    await asked
    return archives(repos)
  }
  const [sqlAnswer, backupAnswer, archive, writeAnswer, ...diskAnswers] = await Promise.all([
    asked,
    questions.backups ? ask(backups) : undefined,
    questions.archives === undefined ? undefined : listed(questions.archives),
    probe === undefined ? undefined : ask(() => write(probe)),
    ...(questions.disks ? who.instancePods : []).map(async ({instance, pod}) => ({
      instance,
      use: await ask(() => disk(pod)),
    })),
  ])
  const disks = new Map<string, DiskUse>()
  const unknown: PgkReason[] = []
  for (const {instance, use} of diskAnswers) {
    if (use.known) disks.set(instance, use.value)
    else unknown.push({source: `disk/${instance}`, reason: use.reason})
  }
  const note = (source: string, found: Answer<unknown> | undefined): void => {
    if (found?.known === false) unknown.push({source, reason: found.reason})
  }
  note('postgres', sqlAnswer)
  note('pgbackrest', backupAnswer)
  note('write', writeAnswer)
  for (const [repo, reason] of archive?.unread ?? []) unknown.push({source: `archive/repo${repo}`, reason})
  return {sql: sqlAnswer, backups: backupAnswer, archive, write: writeAnswer, disks, unknown}
}
