import {stringify} from 'yaml'
import type {CompleteCluster} from '../model/document.ts'
import {Label, Role} from '../model/labels.ts'
import {clusterNames} from '../model/names.ts'
import {replicationRole} from '../postgres/hba.ts'
import {bootstrapDirectory, dataDirectory, tlsDirectory, walDirectory} from '../postgres/layout.ts'
import {dynamicConfiguration} from './dynamic.ts'

/** Mounted from the instance's certificate Secret; Patroni reads the key from the same file. */
const certificates = {ca: '/etc/patroni/certs/ca-roots', combined: '/etc/patroni/certs/crt-combined'}

// Patroni reads YAML 1.1, where a bare `on` is a boolean: every text is quoted.
const style = {
  version: '1.1',
  lineWidth: 0,
  aliasDuplicateObjects: false,
  defaultStringType: 'QUOTE_DOUBLE',
  defaultKeyType: 'PLAIN',
} as const

const yaml = (body: unknown): string => stringify(body, style)

function replicationLogin(): Record<string, string> {
  return {
    username: replicationRole,
    sslmode: 'verify-ca',
    sslcert: `${tlsDirectory}/replication/tls.crt`,
    sslkey: `${tlsDirectory}/replication/tls.key`,
    sslrootcert: `${tlsDirectory}/replication/ca.crt`,
  }
}

/** The part of `patroni.yaml` that all members share. */
export function clusterConfig(document: CompleteCluster, namespace: string): string {
  const {name} = document.metadata
  return yaml({
    scope: clusterNames(name).ha,
    kubernetes: {
      namespace,
      use_endpoints: true,
      scope_label: Label.patroni,
      role_label: Label.role,
      leader_label_value: Role.leader,
      standby_leader_label_value: Role.leader,
      labels: {[Label.cluster]: name},
    },
    restapi: {cafile: certificates.ca, certfile: certificates.combined, verify_client: 'optional'},
    ctl: {cacert: certificates.ca, certfile: certificates.combined, insecure: false},
    watchdog: {mode: 'off'},
    postgresql: {
      // The superuser comes in through the socket as the operating system's user: no password anywhere.
      authentication: {
        superuser: {username: 'postgres'},
        replication: replicationLogin(),
        rewind: replicationLogin(),
      },
    },
    bootstrap: {dcs: dynamicConfiguration(document)},
  })
}

export interface InstanceConfig {
  /** A backup exists, so that replicas are made from the repository instead of from the leader. */
  fromBackup: boolean
  /** `existing` takes over a restored directory; `initdb` makes a new database, or clones the leader's. */
  bootstrap: 'initdb' | 'existing'
  /** The WAL has a volume of its own. */
  walVolume: boolean
  /** The number of the repository that replicas are made from. */
  repo: number
}

/** The part of `patroni.yaml` that belongs to one member. */
export function instanceConfig(postgresVersion: number, instance: InstanceConfig): string {
  const wal = walDirectory(postgresVersion)
  const waldir = instance.walVolume ? [{waldir: wal}] : []
  const linkMap = instance.walVolume ? ` --link-map=pg_wal=${wal}` : ''
  const pgbackrest = {
    command: `pgbackrest restore --delta --stanza=db --repo=${instance.repo}${linkMap} --type=standby`,
    keep_data: true,
    no_leader: true,
    no_params: true,
  }
  return yaml({
    postgresql: {
      pgpass: '/tmp/.pgpass',
      use_unix_socket: true,
      use_unix_socket_repl: false,
      basebackup: [{checkpoint: 'fast'}, ...waldir],
      create_replica_methods: instance.fromBackup ? ['pgbackrest', 'basebackup'] : ['basebackup'],
      ...(instance.fromBackup ? {pgbackrest} : {}),
    },
    bootstrap: {
      method: instance.bootstrap,
      existing: {
        command: `mv ${bootstrapDirectory(postgresVersion)} ${dataDirectory(postgresVersion)}`,
        no_params: true,
        keep_existing_recovery_conf: true,
      },
      initdb: [
        'data-checksums',
        {encoding: 'UTF8'},
        {locale: 'C.UTF-8'},
        'allow-group-access',
        // Until Patroni has written its pg_hba.conf nobody is let in without proof.
        {'auth-local': 'peer'},
        {'auth-host': 'reject'},
        ...waldir,
      ],
    },
  })
}
