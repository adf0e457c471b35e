import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import type {ClusterSpec, CompleteCluster} from '../../../src/lib/model/document.ts'
import {hbaLines} from '../../../src/lib/postgres/hba.ts'
import {mandatoryParameters, parameters} from '../../../src/lib/postgres/parameters.ts'

const dataVolumeClaimSpec: ClusterSpec['instances'][number]['dataVolumeClaimSpec'] = {
  accessModes: ['ReadWriteOnce'],
  resources: {requests: {storage: '1Gi'}},
}

const cluster = (spec: Partial<ClusterSpec> = {}): CompleteCluster =>
  withDefaults({
    apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
    kind: 'PostgresCluster',
    metadata: {name: 'hippo'},
    spec: {postgresVersion: 17, instances: [{dataVolumeClaimSpec}], ...spec},
  })

const repos = [{name: 'repo1', gcs: {bucket: 'b'}}]
const dynamic = (postgresql: Record<string, unknown>): Partial<ClusterSpec> => ({
  patroni: {dynamicConfiguration: {postgresql}},
})

describe('parameters', () => {
  it('of config.parameters win over the dynamic configuration, and that over defaults', () => {
    const document = cluster({
      config: {parameters: {work_mem: '8MB', max_connections: 50}},
      ...dynamic({parameters: {WORK_MEM: '4MB', jit: true, archive_timeout: 30}}),
    })
    expect(parameters(document)).toMatchObject({
      work_mem: '8MB',
      max_connections: '50',
      jit: 'on',
      archive_timeout: '30',
      password_encryption: 'scram-sha-256',
    })
  })

  it('that the cluster cannot do without win over everything, in any spelling', () => {
    const wishes = {ssl: 'off', WAL_Level: 'minimal', Archive_Mode: 'off', unix_socket_directories: '/var'}
    const document = cluster({
      config: {parameters: wishes},
      ...dynamic({parameters: wishes}),
      backups: {pgbackrest: {repos}},
    })
    const found = parameters(document)
    expect(found).toMatchObject(mandatoryParameters(document))
    expect(Object.keys(found).filter(name => name !== name.toLowerCase())).toEqual([])
  })

  it('drop what is no plain value', () => {
    expect(parameters(cluster(dynamic({parameters: {a: null, b: {c: 1}, d: [1]}})))).not.toHaveProperty('b')
    expect(parameters(cluster(dynamic({parameters: 'nonsense'})))).toHaveProperty('ssl', 'on')
  })

  it('archive into the repository, and nowhere without one', () => {
    expect(mandatoryParameters(cluster())).toMatchObject({archive_mode: 'on', archive_command: 'true'})
    expect(mandatoryParameters(cluster())).not.toHaveProperty('restore_command')
    expect(mandatoryParameters(cluster({backups: {pgbackrest: {repos}}}))).toMatchObject({
      archive_command: 'pgbackrest --stanza=db archive-push "%p"',
      restore_command: 'pgbackrest --stanza=db archive-get %f "%p"',
    })
  })

  it.each([
    [undefined, 'pgaudit,pg_stat_statements'],
    ['', 'pgaudit'],
    ['pg_cron, pgaudit ,pg_cron', 'pgaudit,pg_cron'],
    ['timescaledb,citus', 'citus,pgaudit,timescaledb'],
  ])('preload pgaudit always, and citus first: %j', (asked, expected) => {
    const config = asked === undefined ? {} : {config: {parameters: {shared_preload_libraries: asked}}}
    expect(parameters(cluster(config))['shared_preload_libraries']).toBe(expected)
  })

  it('know how older versions keep WAL, and huge pages only where a limit asks for them', () => {
    expect(parameters(cluster({postgresVersion: 12}))).toHaveProperty('wal_keep_segments', '8')
    const limits = {'hugepages-2Mi': '16Mi'}
    expect(parameters(cluster({instances: [{dataVolumeClaimSpec, resources: {limits}}]}))['huge_pages']).toBe(
      'try',
    )
    expect(parameters(cluster())['huge_pages']).toBe('off')
  })
})

const mandatory = [
  'local all postgres peer',
  'hostssl replication _crunchyrepl all cert',
  'hostssl postgres _crunchyrepl all cert',
  'host all _crunchyrepl all reject',
]

describe('pg_hba', () => {
  it('asks everyone for TLS and a password where the document says nothing', () => {
    expect(hbaLines(cluster())).toEqual([...mandatory, 'hostssl all all all scram-sha-256'])
  })

  it("puts the document's rules after those that keep the cluster running, and drops the default", () => {
    const rules = [
      {
        connection: 'hostssl' as const,
        method: 'cert',
        databases: ['a', 'b "c"'],
        users: ['all'],
        options: {map: 'm', clientcert: 1},
      },
      {connection: 'local' as const, method: 'peer'},
      {hba: 'host all all 10.0.0.0/8 md5'},
    ]
    expect(
      hbaLines(cluster({authentication: {rules}, ...dynamic({pg_hba: ['host x y all reject', 7]})})),
    ).toEqual([
      ...mandatory,
      'hostssl "a","b ""c""" "all" all cert map="m" clientcert="1"',
      'local all all peer',
      'host all all 10.0.0.0/8 md5',
      'host x y all reject',
    ])
  })
})
