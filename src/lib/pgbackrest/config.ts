import type {CompleteCluster, Repo} from '../model/document.ts'
import {clusterNames, dnsForms, instanceNames, podHost} from '../model/names.ts'
import {quantityMillis} from '../model/quantity.ts'
import {repoDirectory} from '../model/repo-place.ts'
import {dataDirectory, socketDirectory} from '../postgres/layout.ts'
import {clientName, repoNumber, serverFiles, spoolDirectory, stanza} from './layout.ts'
import {reposOf, volumeRepos} from './repos.ts'

type Options = Readonly<Record<string, string>>

/** What the configuration needs to know beside the document. */
export interface PgbackrestFacts {
  namespace: string
  /** Without its trailing dot: `cluster.local`. */
  clusterDomain: string
  /** Names of the instances that run: one that does not would make every command wait for it. */
  runningInstances: readonly string[]
}

const section = (name: string, options: Options): string => {
  const lines = Object.keys(options)
    .sort()
    .map(key => `${key}=${options[key]}`)
  return [`[${name}]`, ...lines, ''].join('\n')
}

const file = (sections: Readonly<Record<string, Options>>): string =>
  Object.entries(sections)
    .filter(([, options]) => Object.keys(options).length > 0)
    .map(([name, options]) => section(name, options))
    .join('\n')

const tlsHost = (prefix: string, host: string): Options => ({
  [`${prefix}-host`]: host,
  [`${prefix}-host-type`]: 'tls',
  [`${prefix}-host-ca-file`]: serverFiles.ca,
  [`${prefix}-host-cert-file`]: serverFiles.clientCert,
  [`${prefix}-host-key-file`]: serverFiles.clientKey,
})

const longest = (forms: readonly string[]): string => forms.at(-1) ?? ''

/** Where a repository is, as every process sees it; `global` of the document may move `repoN-path`. */
export function location(repo: Repo): Options {
  const {name} = repo
  const path = {[`${name}-path`]: repoDirectory(name)}
  if (repo.s3) {
    const {bucket, endpoint, region} = repo.s3
    const target = {[`${name}-s3-bucket`]: bucket, [`${name}-s3-endpoint`]: endpoint}
    return {...path, [`${name}-type`]: 's3', ...target, [`${name}-s3-region`]: region}
  }
  if (repo.gcs) return {...path, [`${name}-type`]: 'gcs', [`${name}-gcs-bucket`]: repo.gcs.bucket}
  if (repo.azure)
    return {...path, [`${name}-type`]: 'azure', [`${name}-azure-container`]: repo.azure.container}
  return path
}

/** Whole processors of a CPU limit, at least one; undefined without a limit. */
export function processors(
  limits: Readonly<Record<string, string | number>> | undefined,
): number | undefined {
  const millis = limits?.['cpu'] === undefined ? undefined : quantityMillis(limits['cpu'])
  return millis === undefined ? undefined : Math.max(1, Math.floor(millis / 1000))
}

/** All instances share one file, so the smallest limit counts. */
export function instanceProcesses({spec}: CompleteCluster): Options {
  const limits = spec.instances
    .map(set => processors(set.resources?.limits))
    .filter(count => count !== undefined)
  return limits.length === 0 ? {} : {'process-max': String(Math.min(...limits))}
}

/** Used by archiving and restoring as well as by backups; the repository remembers what was used. */
const compression: Options = {'compress-type': 'lz4'}

const userOptions = (document: CompleteCluster): Options => document.spec.backups?.pgbackrest?.global ?? {}

const asObject = (parts: readonly Options[]): Options => Object.assign({}, ...parts)

/** `pgbackrest_instance.conf`: archiving, restoring and `info` beside a running Postgres. */
export function instanceConf(document: CompleteCluster, facts: PgbackrestFacts): string {
  const {name} = document.metadata
  const names = clusterNames(name)
  const host = longest(dnsForms(podHost(name, names.repoHostPod), facts.namespace, facts.clusterDomain))
  const hosts = volumeRepos(document).map(repo => ({
    ...tlsHost(repo.name, host),
    [`${repo.name}-host-user`]: 'postgres',
  }))
  return file({
    global: {
      'archive-async': 'y',
      'log-path': '/pgdata/pgbackrest/log',
      'lock-path': '/tmp/pgbackrest',
      ...compression,
      ...instanceProcesses(document),
      ...asObject(reposOf(document).map(location)),
      ...userOptions(document),
      'spool-path': spoolDirectory,
      ...asObject(hosts),
    },
    [stanza]: {
      'pg1-path': dataDirectory(document.spec.postgresVersion),
      'pg1-port': String(document.spec.port),
      'pg1-socket-path': socketDirectory,
    },
  })
}

/** Kept by default; a repository that never expires anything ends in a full disk. */
export const fullBackupsKept = '2'

function repoDefaults(repo: Repo): Options {
  const {name} = repo
  return {[`${name}-retention-full`]: fullBackupsKept, [`${name}-bundle`]: 'y', [`${name}-block`]: 'y'}
}

/** Where one process shows the others that it works: on the volume where there is one, so that all see it. */
function scratch(document: CompleteCluster): Options {
  const [first] = volumeRepos(document)
  const base = first === undefined ? '/tmp/pgbackrest' : repoDirectory(first.name)
  return {'lock-path': `${base}/lock`, 'log-path': `${base}/log`}
}

/** Directories of the repository host that must exist before pgBackRest starts. */
export const scratchDirectories = (document: CompleteCluster): string[] => Object.values(scratch(document))

const backupProcesses = (document: CompleteCluster): string =>
  String(processors(document.spec.backups?.pgbackrest?.jobs?.resources?.limits) ?? 2)

/**
 * Seconds. An instance that hangs or just left must not cost a minute a command; an object store may be
 * slow for longer than a pod next door.
 */
const patience = (document: CompleteCluster): string =>
  reposOf(document).every(repo => repo.volume !== undefined) ? '10' : '30'

/** `pgbackrest_repo.conf`: the repository host and every backup Job. */
export function repoConf(document: CompleteCluster, facts: PgbackrestFacts): string {
  const {metadata, spec} = document
  const instances = facts.runningInstances.map((instance, index) => {
    const pod = podHost(metadata.name, instanceNames(instance).pod)
    const prefix = `pg${index + 1}`
    return {
      ...tlsHost(prefix, longest(dnsForms(pod, facts.namespace, facts.clusterDomain))),
      [`${prefix}-path`]: dataDirectory(spec.postgresVersion),
      [`${prefix}-port`]: String(spec.port),
      [`${prefix}-socket-path`]: socketDirectory,
    }
  })
  return file({
    global: {
      'start-fast': 'y',
      'io-timeout': patience(document),
      'process-max': backupProcesses(document),
      ...compression,
      ...scratch(document),
      ...asObject(reposOf(document).map(location)),
      ...asObject(reposOf(document).map(repoDefaults)),
      ...userOptions(document),
    },
    [stanza]: asObject(instances),
  })
}

/** `pgbackrest-server.conf`: the TLS server on instances and the repository host. */
export const serverConf = (document: CompleteCluster): string =>
  file({
    global: {
      'tls-server-address': '0.0.0.0',
      // Only the cluster's own client certificate, and only for its own stanza.
      'tls-server-auth': `${clientName(document.metadata.name)}=${stanza}`,
      'tls-server-ca-file': serverFiles.ca,
      'tls-server-cert-file': serverFiles.serverCert,
      'tls-server-key-file': serverFiles.serverKey,
    },
  })

/** The number of the repository that replicas are made from and the first backup goes to. */
export const firstRepoNumber = (document: CompleteCluster): number => {
  const [first] = reposOf(document)
  return first === undefined ? 1 : repoNumber(first.name)
}
