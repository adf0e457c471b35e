/** Parameters that pgk (and PGO) keep for themselves, and why. */
const OWNED: Readonly<Record<string, string>> = {
  config_file: 'Patroni keeps the configuration files',
  data_directory: 'it follows from the Postgres version',
  external_pid_file: 'Patroni keeps the process file',
  hba_file: 'use spec.authentication.rules',
  ident_file: 'Patroni keeps the configuration files',
  listen_addresses: 'use spec.service and spec.authentication.rules',
  port: 'use spec.port',
  ssl: 'connections are always encrypted',
  wal_log_hints: 'Patroni sets what pg_rewind needs',
  archive_mode: 'archiving follows from spec.backups',
  archive_command: 'archiving follows from spec.backups',
  restore_command: 'archiving follows from spec.backups',
  hot_standby: 'replicas always answer queries',
  synchronous_standby_names: 'use synchronous_mode in spec.patroni.dynamicConfiguration',
  primary_conninfo: 'Patroni sets it on each replica',
  primary_slot_name: 'Patroni sets it on each replica',
  recovery_min_apply_delay: 'a late replica could become the leader',
  cluster_name: 'Patroni sets it to the name of the instance',
  logging_collector: 'pgk decides where the log goes',
  log_file_mode: 'pgk decides where the log goes',
}

const FAMILIES: readonly [prefix: string, reason: string][] = [
  ['ssl_', 'certificates and ciphers are pgk’s'],
  ['unix_socket_', 'pgk connects through the socket'],
  ['recovery_target', 'use a restore'],
]

const ALLOWED_OF_FAMILY: Readonly<Record<string, number>> = {ssl_ecdh_curve: 0, ssl_groups: 18}

/** The same list for the API server, which checks what others than pgk write: rules in CEL. */
export const PARAMETER_RULES = [
  {
    rule: `[${Object.keys(OWNED)
      .map(name => `'${name}'`)
      .join(', ')}].all(name, !(name in self))`,
    message: 'a parameter that cannot be set',
  },
  {
    rule: "!self.exists(name, name.startsWith('ssl_') && !(name in ['ssl_groups', 'ssl_ecdh_curve']))",
    message: 'certificates and ciphers cannot be set',
  },
  {
    rule: "!self.exists(name, name.startsWith('unix_socket_') || name.startsWith('recovery_target'))",
    message: 'sockets and recovery targets cannot be set',
  },
  {rule: "!('wal_level' in self) || self['wal_level'] == 'logical'", message: 'wal_level must be logical'},
]

/**
 * Why a parameter may not stand in `spec.config.parameters`, or undefined when it may. Postgres does not
 * tell upper from lower case in names.
 */
export function parameterComplaint(
  parameter: string,
  value: string | number,
  postgresVersion: number,
): string | undefined {
  const name = parameter.toLowerCase()
  if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)*$/.test(name)) return 'is no name of a parameter'
  if (name === 'wal_level') {
    return value === 'logical'
      ? undefined
      : 'must be logical: other levels stop archiving or logical decoding'
  }
  const since = ALLOWED_OF_FAMILY[name]
  if (since !== undefined && postgresVersion >= since) return undefined
  const reason = Object.hasOwn(OWNED, name)
    ? OWNED[name]
    : FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1]
  return reason === undefined ? undefined : `cannot be set: ${reason}`
}
