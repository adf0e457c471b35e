import type {CompleteCluster} from '../model/document.ts'
import {socketDirectory, tlsDirectory} from './layout.ts'

/** Postgres parameters by lower-case name; every value as text. */
export type Parameters = Readonly<Record<string, string>>

/** The one stanza of a cluster's repositories. */
const stanza = 'db'

const preloadedFirst = 'citus'
const preload = 'shared_preload_libraries'

function asText(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** Names are case-insensitive in Postgres; anything that is no plain value is dropped, as Patroni would. */
function normalized(values: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  if (typeof values !== 'object' || values === null) return out
  for (const [name, value] of Object.entries(values)) {
    const text = asText(value)
    if (text !== undefined) out[name.toLowerCase()] = text
  }
  return out
}

function archiving({spec}: CompleteCluster): Parameters {
  // Archiving stays switched on without backups: turning it on later must not need a restart.
  if (spec.backups?.pgbackrest === undefined) return {archive_mode: 'on', archive_command: 'true'}
  return {
    archive_mode: 'on',
    archive_command: `pgbackrest --stanza=${stanza} archive-push "%p"`,
    restore_command: `pgbackrest --stanza=${stanza} archive-get %f "%p"`,
  }
}

/** What the cluster cannot do without; neither the document nor anybody else may change these. */
export function mandatoryParameters(document: CompleteCluster): Parameters {
  return {
    unix_socket_directories: socketDirectory,
    wal_level: 'logical',
    ssl: 'on',
    ssl_cert_file: `${tlsDirectory}/tls.crt`,
    ssl_key_file: `${tlsDirectory}/tls.key`,
    ssl_ca_file: `${tlsDirectory}/ca.crt`,
    log_file_mode: '0660',
    ...archiving(document),
  }
}

function defaultParameters(postgresVersion: number, hugePages: boolean): Parameters {
  return {
    jit: 'off',
    password_encryption: 'scram-sha-256',
    archive_timeout: '60s',
    huge_pages: hugePages ? 'try' : 'off',
    logging_collector: 'off',
    // Replicas have no slots: this much WAL bridges a short absence without the archive.
    ...(postgresVersion >= 13 ? {wal_keep_size: '128MB'} : {wal_keep_segments: '8'}),
  }
}

/** Citus insists on being first; pgaudit is always there, then what the document asks for. */
function preloadedLibraries(asked: string | undefined): string {
  const names = (asked ?? 'pg_stat_statements').split(',').map(name => name.trim())
  const rest = ['pgaudit', ...names.filter(name => name !== '' && name !== 'pgaudit')]
  const first = rest.filter(name => name === preloadedFirst)
  return [...new Set([...first, ...rest])].join(',')
}

const usesHugePages = ({spec}: CompleteCluster): boolean =>
  spec.instances.some(set =>
    Object.keys(set.resources?.limits ?? {}).some(name => name.startsWith('hugepages-')),
  )

/**
 * The parameters of a cluster: mandatory over `config.parameters` over
 * `patroni.dynamicConfiguration.postgresql.parameters` over defaults.
 */
export function parameters(document: CompleteCluster): Parameters {
  const {spec} = document
  const postgresql = spec.patroni.dynamicConfiguration['postgresql']
  const dynamic =
    typeof postgresql === 'object' && postgresql !== null ? Reflect.get(postgresql, 'parameters') : {}
  const asked = {...normalized(dynamic), ...normalized(spec.config?.parameters)}
  return {
    ...defaultParameters(spec.postgresVersion, usesHugePages(document)),
    ...asked,
    ...mandatoryParameters(document),
    [preload]: preloadedLibraries(asked[preload]),
  }
}
