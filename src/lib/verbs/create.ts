import {usageError} from '../errors.ts'
import {
  API_VERSION,
  type ClusterSpec,
  type InstanceSet,
  KIND,
  type PostgresCluster,
} from '../model/document.ts'
import {DEFAULT_POSTGRES_VERSION, versionsWithImage} from '../model/images.ts'
import {type Problem, shown} from '../model/problem.ts'
import {checkDocument} from '../model/validate.ts'
import {readNodeSelector, readSpread, readToleration} from './placement.ts'
import {claimOf, readRepo, readSource, withSchedules} from './repositories.ts'

/** The flags of `create cluster`, by their names in camel case. Sizes are Kubernetes quantities. */
export interface CreateFlags {
  namespace?: string | undefined
  replicas?: number | undefined
  postgresVersion?: number | undefined
  image?: string | undefined
  cpu?: string | undefined
  memory?: string | undefined
  storage?: string | undefined
  storageClass?: string | undefined
  walStorage?: string | undefined
  repo?: readonly string[] | undefined
  schedule?: readonly string[] | undefined
  retentionFull?: number | undefined
  noBackups?: boolean | undefined
  database?: string | undefined
  user?: string | undefined
  parameter?: readonly string[] | undefined
  synchronous?: boolean | undefined
  spread?: string | undefined
  nodeSelector?: readonly string[] | undefined
  toleration?: readonly string[] | undefined
  port?: number | undefined
  fromRepo?: string | undefined
}

export const CREATE_DEFAULTS = {
  replicas: 3,
  storage: '10Gi',
  repo: 'volume:20Gi',
  retentionFull: 2,
  set: 'pg',
} as const

const clusterName = 'the name of the cluster'

/** The fields that flags fill, for telling a reader of flags which one is wrong. */
const FIELD_FLAGS: readonly [pattern: RegExp, flag: string][] = [
  [/^metadata\.namespace/, '--namespace'],
  [/^spec\.dataSource/, '--from-repo'],
  [/^metadata\.name$|^spec\.instances\[0\]\.name/, clusterName],
  [/^spec\.postgresVersion/, '--postgres-version'],
  [/^spec\.image/, '--image'],
  [/^spec\.port/, '--port'],
  [/^spec\.instances\[0\]\.replicas/, '--replicas'],
  [/VolumeClaimSpec\.storageClassName|volumeClaimSpec\.storageClassName/, '--storage-class'],
  [/^spec\.instances\[0\]\.dataVolumeClaimSpec/, '--storage'],
  [/^spec\.instances\[0\]\.walVolumeClaimSpec/, '--wal-storage'],
  [/\.resources\.\w+\.cpu/, '--cpu'],
  [/\.resources\.\w+\.memory/, '--memory'],
  [/\.repos\[\d\]\.schedules/, '--schedule'],
  [/\.pgbackrest\.global/, '--retention-full'],
  [/\.repos/, '--repo'],
  [/^spec\.users\[0\]\.databases/, '--database'],
  [/^spec\.users\[0\]/, '--user'],
  [/^spec\.config\.parameters/, '--parameter'],
  [/topologySpreadConstraints/, '--spread'],
  [/affinity/, '--node-selector'],
  [/tolerations/, '--toleration'],
]

/** A name like the given one that would do. */
function likeName(name: string): string {
  const like = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
  return like === '' ? 'hippo' : like
}

/** What to do about a flag, where the problem itself does not say so. */
function hintsFor(flag: string, name: string): string[] {
  if (flag === clusterName) return [`For example: pgk create cluster ${likeName(name)}`]
  if (flag === '--postgres-version')
    return [`Images are known for Postgres ${versionsWithImage({}).join(', ')}.`]
  return []
}

function refuse(all: readonly Problem[], name: string, {user, database}: CreateFlags): never {
  const badName = all.some(({path}) => path === 'metadata.name')
  // User and database are called like the cluster unless told otherwise: that is no mistake of its own.
  const problems = all.filter(
    ({path}) => !(badName && user === undefined && database === undefined && path.startsWith('spec.users')),
  )
  const named = problems.map(problem => ({
    ...problem,
    flag: FIELD_FLAGS.find(([pattern]) => pattern.test(problem.path))?.[1] ?? problem.path,
  }))
  // One flag can fill several fields; it is still one mistake.
  const different = named.filter(
    (problem, index) =>
      named.findIndex(other => other.flag === problem.flag && other.message === problem.message) === index,
  )
  const sentences = different.map(({flag, path, message}) =>
    flag === '--parameter' ? `${flag} ${path.split('.').at(-1)} ${message}` : `${flag} ${message}`,
  )
  const [first] = different
  throw usageError('FLAG_INVALID', sentences[0] ?? 'the flags are wrong', {
    ...(first === undefined
      ? {}
      : {object: first.flag.startsWith('--') ? `flag ${first.flag}` : `cluster ${shown(name)}`}),
    ...(sentences.length > 1 ? {reason: sentences.slice(1).join('\n')} : {}),
    hints: [
      ...new Set(different.flatMap(({hint, flag}) => (hint === undefined ? hintsFor(flag, name) : [hint]))),
    ],
  })
}

/**
 * What an instance may use. Memory is a request and a limit, so that the node never kills Postgres for the
 * memory of others; processors are only requested, as a limit would slow it down while they are idle.
 */
export function resourcesOf(
  cpu: string | undefined,
  memory: string | undefined,
): NonNullable<InstanceSet['resources']> {
  return {
    requests: {...(cpu === undefined ? {} : {cpu}), ...(memory === undefined ? {} : {memory})},
    ...(memory === undefined ? {} : {limits: {memory}}),
  }
}

/** Where the pods of a cluster may run, as every kind of pod in the document takes it. */
function placementOf(flags: CreateFlags): Pick<InstanceSet, 'affinity' | 'tolerations'> {
  const affinity = readNodeSelector(flags.nodeSelector ?? [])
  const tolerations = (flags.toleration ?? []).map(readToleration)
  return {...(affinity && {affinity}), ...(tolerations.length > 0 && {tolerations})}
}

function instanceSet(name: string, flags: CreateFlags): InstanceSet {
  const {replicas, storage, storageClass, walStorage, cpu, memory, spread} = flags
  return {
    name: CREATE_DEFAULTS.set,
    replicas: replicas ?? CREATE_DEFAULTS.replicas,
    dataVolumeClaimSpec: claimOf(storage ?? CREATE_DEFAULTS.storage, storageClass),
    ...(walStorage !== undefined && {walVolumeClaimSpec: claimOf(walStorage, storageClass)}),
    ...((cpu !== undefined || memory !== undefined) && {resources: resourcesOf(cpu, memory)}),
    ...placementOf(flags),
    ...(spread !== undefined && {topologySpreadConstraints: readSpread(spread, name)}),
  }
}

function refuseBackupFlags({repo, schedule, retentionFull}: CreateFlags): void {
  const given = {'--repo': repo?.length, '--schedule': schedule?.length, '--retention-full': retentionFull}
  const other = Object.entries(given).find(([, value]) => value)?.[0]
  if (other === undefined) return
  throw usageError('FLAGS_CONFLICT', `--no-backups and ${other} contradict each other`, {
    object: 'flag --no-backups',
  })
}

function backups(flags: CreateFlags): ClusterSpec['backups'] {
  const texts = flags.repo?.length ? flags.repo : [CREATE_DEFAULTS.repo]
  const read = texts.map((text, index) => readRepo(text, `repo${index + 1}`, flags.storageClass))
  const retention = String(flags.retentionFull ?? CREATE_DEFAULTS.retentionFull)
  const kept = read.map(({repo}) => ({[`${repo.name}-retention-full`]: retention}))
  const secrets = new Set(read.flatMap(({secret}) => (secret === undefined ? [] : [secret])))
  const placement = placementOf(flags)
  return {
    pgbackrest: {
      repos: withSchedules(
        read.map(({repo}) => repo),
        flags.schedule ?? [],
      ),
      global: Object.assign({}, ...kept, ...read.map(({global}) => global)),
      ...(secrets.size > 0 && {configuration: [...secrets].map(name => ({secret: {name}}))}),
      ...(Object.keys(placement).length > 0 && {repoHost: placement, jobs: placement}),
    },
  }
}

function parameters(flags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    flags.map(text => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (key === undefined || value === undefined) {
        throw usageError('FLAG_INVALID', `--parameter is no name=value: ${shown(text)}`, {
          object: 'flag --parameter',
          hints: ['For example --parameter work_mem=64MB'],
        })
      }
      return [key.trim(), value.trim()]
    }),
  )
}

/** Pure. The document that the flags of `create cluster` describe; throws usage errors that name the flag. */
export function createDocument(name: string, flags: CreateFlags): PostgresCluster {
  if (flags.noBackups) refuseBackupFlags(flags)
  const wanted = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {name, ...(flags.namespace === undefined ? {} : {namespace: flags.namespace})},
    spec: {
      postgresVersion: flags.postgresVersion ?? DEFAULT_POSTGRES_VERSION,
      ...(flags.image === undefined ? {} : {image: flags.image}),
      ...(flags.port === undefined ? {} : {port: flags.port}),
      instances: [instanceSet(name, flags)],
      ...(!flags.noBackups && {backups: backups(flags)}),
      ...(flags.fromRepo !== undefined && {dataSource: {pgbackrest: readSource(flags.fromRepo)}}),
      users: [{name: flags.user ?? name, databases: [flags.database ?? name]}],
      ...(flags.parameter?.length ? {config: {parameters: parameters(flags.parameter)}} : {}),
      ...(flags.synchronous ? {patroni: {dynamicConfiguration: {synchronous_mode: true}}} : {}),
    },
  }
  const {document, problems} = checkDocument(wanted)
  return document ?? refuse(problems, name, flags)
}
