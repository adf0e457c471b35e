import {describe, expect, test} from 'vitest'
import {parse as parseYaml} from 'yaml'
import {PgkError} from '../../../src/lib/errors.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {readStored} from '../../../src/lib/model/stored.ts'
import {LARGE, SMALL} from './manifests.ts'

function complaintOf(manifest: unknown): PgkError {
  try {
    parseDocument(manifest, 'hippo.yaml')
  } catch (error) {
    if (error instanceof PgkError) return error
    throw error
  }
  throw new Error('the manifest was accepted')
}

/** The small manifest with more lines under `spec:`. */
const withSpec = (lines: string): string => `${SMALL}${lines.replace(/^/gm, '  ')}\n`

describe('manifests that mean the same to PGO', () => {
  test.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('the %s one is accepted and comes back field for field', (_name, manifest) => {
    expect(parseDocument(manifest, 'hippo.yaml')).toEqual(parseYaml(manifest))
  })

  test('a v1 document is the same document', () => {
    expect(parseDocument(SMALL.replace('/v1beta1', '/v1'), 'x')).toEqual(parseDocument(SMALL, 'x'))
  })

  test('JSON is read like YAML, and an object like text', () => {
    const value: unknown = parseYaml(LARGE)
    expect(parseDocument(JSON.stringify(value), 'x')).toEqual(parseDocument(value, 'x'))
  })

  test('null means absent, except inside free-form configuration', () => {
    const document = parseDocument(withSpec('users: null\nimage: null'), 'x')
    expect(document.spec).not.toHaveProperty('users')
    const {patroni} = parseDocument(LARGE, 'x').spec
    expect(patroni?.dynamicConfiguration).toHaveProperty('postgresql.parameters.work_mem', null)
  })

  test('a document with its defaults filled in is still a valid document', () => {
    const complete = withDefaults(parseDocument(LARGE, 'x'))
    expect(parseDocument(complete, 'x')).toEqual(complete)
  })
})

describe('what is wrong is said with its exact place', () => {
  test.each([
    ['port: 80', 'spec.port must be at least 1024, not 80'],
    ['port: "5432"', 'spec.port must be an integer, not "5432"'],
    ['shutdown: "yes"', 'spec.shutdown must be true or false, not "yes"'],
    ['users: [{name: Bad}]', 'spec.users[0].name must be lower-case letters'],
    ['users: [{name: a}, {name: a}]', 'spec.users[1].name is "a" again: spec.users[0] has it already'],
    ['users: [{name: a, options: "SUPERUSER; DROP"}]', 'spec.users[0].options must not hold a semicolon'],
    ['users: [{name: a, options: "PASSWORD \'x\'"}]', 'spec.users[0].options must not set a password'],
    ['config: {parameters: {wal_level: replica}}', 'spec.config.parameters.wal_level must be logical'],
    ['config: {parameters: {SSL_ciphers: x}}', 'spec.config.parameters.SSL_ciphers cannot be set'],
    ['config: {parameters: {a b: x}}', 'spec.config.parameters["a b"] is no name of a parameter'],
    ['config: {parameters: {jit: true}}', 'spec.config.parameters.jit must be a number or a string'],
    ['imagePullPolicy: always', 'spec.imagePullPolicy must be one of Always, Never, IfNotPresent'],
    ['imagePullSecrets: registry', 'spec.imagePullSecrets must be a list, not "registry"'],
    ['authentication: {rules: [{hba: "include x"}]}', 'spec.authentication.rules[0].hba cannot include'],
    ['authentication: {rules: [{connection: host, method: trust}]}', 'method must not be trust'],
    ['authentication: {rules: [{connection: host}]}', 'rules[0] needs connection and method, or hba'],
    ['authentication: {rules: [{connection: host, method: ldap}]}', 'rules[0].options needs ldapbasedn'],
    ['authentication: {rules: [{hba: x, method: md5}]}', 'rules[0] holds both hba and method'],
    ['service: {nodePort: 30000}', 'spec.service.nodePort needs the type NodePort'],
    ['backups: {pgbackrest: {repos: []}}', 'spec.backups.pgbackrest.repos needs at least one entry'],
    [
      'backups: {pgbackrest: {repos: [{name: repo5, gcs: {bucket: b}}]}}',
      'repos[0].name must be repo1, repo2',
    ],
    ['backups: {pgbackrest: {repos: [{name: repo1}]}}', 'repos[0] names no store'],
    [
      'backups: {pgbackrest: {repos: [{name: repo1, gcs: {bucket: b}, azure: {container: c}}]}}',
      'repos[0] names gcs and azure',
    ],
    [
      'backups: {pgbackrest: {repos: [{name: repo1, gcs: {bucket: b}}, {name: repo1, gcs: {bucket: b}}]}}',
      'spec.backups.pgbackrest.repos[1].name is "repo1" again',
    ],
    [
      'backups: {pgbackrest: {repos: [{name: repo1, gcs: {bucket: b}, schedules: {full: "61 * * * *"}}]}}',
      'schedules.full is no schedule: "61 * * * *"',
    ],
    ...['repo1-cipher-pass', 'repo1-s3-key', 'repo2-s3-key-secret', 'repo1-azure-key'].map(key => [
      `backups: {pgbackrest: {global: {${key}: hush}, repos: [{name: repo1, gcs: {bucket: b}}]}}`,
      'is a secret and does not belong into a document',
    ]),
    [
      'backups: {pgbackrest: {manual: {repoName: repo2}, repos: [{name: repo1, gcs: {bucket: b}}]}}',
      'manual.repoName is repo2, but the repositories are repo1',
    ],
  ])('%s', (lines, message) => {
    const {message: said, exitCode} = complaintOf(withSpec(lines))
    expect(said).toContain(message)
    expect(exitCode).toBe(2)
  })

  test.each([
    ['replicas: 0', 'spec.instances[0].replicas must be at least 1, not 0'],
    ['minAvailable: 101%', 'spec.instances[0].minAvailable must be a count or a percentage'],
    ['resources: {requests: {cpu: much}}', 'spec.instances[0].resources.requests.cpu is no quantity'],
    ['resources: {requests: {cpu: 2}, limits: {cpu: 1}}', 'requests.cpu is 2, more than the limit 1'],
    ['name: Upper', 'spec.instances[0].name must be lower-case letters'],
    [`name: ${'a'.repeat(42)}`, 'spec.instances[0].name makes names too long'],
    ['walVolumeClaimSpec: {accessModes: [], resources: {requests: {storage: 1Gi}}}', 'accessModes needs'],
    [
      'walVolumeClaimSpec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 0}}}',
      'more than nothing',
    ],
    ['walVolumeClaimSpec: {accessModes: [ReadWriteOnce], resources: {requests: {}}}', 'storage is missing'],
  ])('in an instance set: %s', (line, message) => {
    expect(complaintOf(SMALL.replace('- data', `- ${line}\n      data`)).message).toContain(message)
  })

  test('two sets may not end up with one name', () => {
    const second =
      '\n    - name: "00"\n      dataVolumeClaimSpec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n'
    expect(complaintOf(SMALL + second).message).toContain('spec.instances[1].name is 00')
  })

  test('a misspelt field is named together with the one that was meant', () => {
    const error = complaintOf(withSpec('shutdwon: true'))
    expect(error.message).toBe('spec.shutdwon is no field of a PostgresCluster')
    expect(error.object).toBe('field spec.shutdwon')
    expect(error.hints).toEqual(['Did you mean shutdown?'])
  })

  test('every problem is reported at once', () => {
    const error = complaintOf(withSpec('port: 80\nshutdwon: true\nproxy: {pgBouncer: {}}'))
    expect(error.message).toBe('3 fields of hippo.yaml are wrong')
    expect(error.code).toBe('PGK_MANIFEST_INVALID')
    expect(error.reason?.split('\n')).toHaveLength(3)
    expect(error.hints).toContain('spec.shutdwon: Did you mean shutdown?')
  })
})

describe('fields that nothing acts on yet are refused by name', () => {
  test.each([
    ['standby: {enabled: true, host: primary.example.com}', 'spec.standby'],
    ['dataSource: {volumes: {pgDataVolume: {pvcName: x}}}', 'spec.dataSource.volumes'],
    ['proxy: {pgBouncer: {replicas: 2}}', 'spec.proxy'],
    ['monitoring: {pgmonitor: {exporter: {}}}', 'spec.monitoring'],
    ['customTLSSecret: {name: tls}', 'spec.customTLSSecret'],
    ['instrumentation: {}', 'spec.instrumentation'],
    ['patroni: {switchover: {enabled: true}}', 'spec.patroni.switchover'],
    ['config: {files: [{secret: {name: krb}}]}', 'spec.config.files'],
    [
      'backups: {pgbackrest: {restore: {enabled: true, repoName: repo1}, repos: [{name: repo1, gcs: {bucket: b}}]}}',
      'spec.backups.pgbackrest.restore',
    ],
  ])('%s', (lines, path) => {
    const error = complaintOf(withSpec(lines))
    expect([error.code, error.object, error.exitCode]).toEqual([
      'PGK_FIELD_NOT_SUPPORTED',
      `field ${path}`,
      2,
    ])
    expect(error.hints).not.toEqual([])
  })

  test('inside a list the entry is named', () => {
    const error = complaintOf(SMALL.replace('- data', '- containers: [{name: x}]\n      data'))
    expect(error.object).toBe('field spec.instances[0].containers')
  })

  test.each(['standby: {enabled: false}', 'openshift: false', 'patroni: {switchover: {enabled: false}}'])(
    'a field that asks for nothing is fine: %s',
    lines => {
      expect(() => parseDocument(withSpec(lines), 'x')).not.toThrow()
    },
  )
})

describe('files that hold something else', () => {
  test.each([
    ['', 'PGK_MANIFEST_EMPTY', 'hippo.yaml is empty'],
    ['just text', 'PGK_MANIFEST_INVALID', 'holds no Kubernetes object'],
    [
      'kind: PostgresClutser\napiVersion: postgres-operator.crunchydata.com/v1beta1',
      'PGK_MANIFEST_KIND',
      'PostgresClutser',
    ],
    ['kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}', 'PGK_MANIFEST_KIND', 'ConfigMap x of "v1"'],
    [
      `${SMALL}---\nkind: Secret\nmetadata: {name: s3}`,
      'PGK_MANIFEST_SEVERAL',
      'PostgresCluster hippo, Secret s3',
    ],
    ['a: [1\nb: 2', 'PGK_MANIFEST_SYNTAX', 'no valid YAML'],
    ['a: *nowhere', 'PGK_MANIFEST_SYNTAX', 'no valid YAML'],
  ])('%j', (text, code, message) => {
    const error = complaintOf(text)
    expect([error.code, error.exitCode]).toEqual([code, 2])
    expect(error.message).toContain(message)
  })

  test('a syntax error has line and column', () => {
    expect(complaintOf('kind: PostgresCluster\n\tname: x').object).toMatch(/^hippo\.yaml:2:\d+$/)
  })

  test('empty documents around the one are no objects', () => {
    expect(parseDocument(`---\n${SMALL}---\n`, 'x').metadata.name).toBe('hippo')
  })
})

describe('what is stored in the cluster', () => {
  const status = {
    patroni: {systemIdentifier: '7710884053495799853'},
    pgbackrest: {
      repos: [{name: 'repo1', stanzaCreated: true}, {stanzaCreated: true}],
      repoHost: {ready: true},
    },
    usersRevision: 5,
  }

  test('the status keeps what is understood and drops the rest', () => {
    expect(parseDocument({...parseDocument(SMALL, 'x'), status}, 'x').status).toEqual({
      patroni: {systemIdentifier: '7710884053495799853'},
      pgbackrest: {repos: [{name: 'repo1', stanzaCreated: true}]},
    })
  })

  test('a document of a newer pgk can still be shown', () => {
    const {metadata, ...rest} = parseDocument(SMALL, 'x')
    const newer = {...rest, metadata, spec: {...rest.spec, teleport: true, port: 'high'}}
    expect(readStored(newer, 'x')).toEqual({...rest, metadata})
  })

  test('one without its essentials is an error even for showing', () => {
    const {metadata, apiVersion, kind} = parseDocument(SMALL, 'x')
    expect(() => readStored({metadata, apiVersion, kind, spec: {}}, 'x')).toThrow(PgkError)
  })
})
