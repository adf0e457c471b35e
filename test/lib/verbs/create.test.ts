import {describe, expect, test} from 'vitest'
import {PgkError} from '../../../src/lib/errors.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {type CreateFlags, createDocument} from '../../../src/lib/verbs/create.ts'

const spec = (flags: CreateFlags) => createDocument('hippo', flags).spec
const pgbackrest = (flags: CreateFlags) => spec(flags).backups?.pgbackrest

function complaintOf(flags: CreateFlags, name = 'hippo'): PgkError {
  try {
    createDocument(name, flags)
  } catch (error) {
    if (error instanceof PgkError) return error
    throw error
  }
  throw new Error('the flags were accepted')
}

describe('create without flags', () => {
  test('makes three instances of the set pg, a volume repository, a user and a database', () => {
    expect(createDocument('hippo', {})).toEqual({
      apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
      kind: 'PostgresCluster',
      metadata: {name: 'hippo'},
      spec: {
        postgresVersion: 17,
        instances: [
          {
            name: 'pg',
            replicas: 3,
            dataVolumeClaimSpec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '10Gi'}}},
          },
        ],
        backups: {
          pgbackrest: {
            repos: [
              {
                name: 'repo1',
                volume: {
                  volumeClaimSpec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '20Gi'}}},
                },
              },
            ],
            global: {'repo1-retention-full': '2'},
          },
        },
        users: [{name: 'hippo', databases: ['hippo']}],
      },
    })
  })
})

describe('flags', () => {
  test('all together make a document that is accepted as a manifest', () => {
    const document = createDocument('hippo', {
      namespace: 'db',
      replicas: 2,
      postgresVersion: 16,
      image: 'localhost/pgk-postgres:16',
      cpu: '500m',
      memory: '1Gi',
      storage: '5Gi',
      storageClass: 'fast',
      walStorage: '1Gi',
      repo: [
        'volume:9Gi',
        's3://bucket/a/b?endpoint=s3.example.com&region=eu&uri-style=path&secret=s3',
        'gcs://g',
        'azure://c/x',
      ],
      schedule: ['full=0 1 * * 0', 'repo2:diff=0 1 * * 1-6'],
      retentionFull: 7,
      database: 'app',
      user: 'web',
      parameter: ['work_mem=64MB', "search_path = 'a=b'"],
      synchronous: true,
      spread: 'zone,hostname',
      nodeSelector: ['disk=nvme'],
      toleration: ['database=true:NoSchedule', 'spot', 'x:NoExecute'],
      port: 5433,
    })
    expect(parseDocument(JSON.stringify(document), 'x')).toEqual(document)
    expect(document).toMatchSnapshot()
  })

  test('no backups leaves them out', () => {
    expect(spec({noBackups: true})).not.toHaveProperty('backups')
  })

  test('memory is also a limit, processors are not', () => {
    expect(spec({cpu: '2', memory: '4Gi'}).instances[0]?.resources).toEqual({
      requests: {cpu: '2', memory: '4Gi'},
      limits: {memory: '4Gi'},
    })
  })

  test('an object store keeps its path and credentials', () => {
    expect(pgbackrest({repo: ['s3://b/x/y?endpoint=e&region=r&secret=keys']})).toMatchObject({
      repos: [{name: 'repo1', s3: {bucket: 'b', endpoint: 'e', region: 'r'}}],
      global: {'repo1-path': '/x/y'},
      configuration: [{secret: {name: 'keys'}}],
    })
  })
})

describe('a bad value is refused under the name of its flag', () => {
  test.each<[CreateFlags, string]>([
    [{replicas: 0}, '--replicas must be at least 1, not 0'],
    [{postgresVersion: 10}, '--postgres-version must be at least 11, not 10'],
    [{cpu: 'much'}, '--cpu is no quantity: "much"'],
    [{memory: '1gb'}, '--memory is no quantity: "1gb"'],
    [{storage: '20GB'}, '--storage is no quantity: "20GB"'],
    [{storage: '0'}, '--storage must be more than nothing'],
    [{storage: '10'}, '--storage is too small for anything: 10 B'],
    [{walStorage: '10m'}, '--wal-storage is too small for anything: 1 B'],
    [{walStorage: '-1Gi'}, '--wal-storage must not be negative'],
    [{storageClass: ''}, '--storage-class must not be empty'],
    [{port: 80}, '--port must be at least 1024, not 80'],
    [{user: 'Web'}, '--user must be lower-case letters, digits and dashes, not "Web"'],
    [{database: ''}, '--database must not be empty'],
    [{parameter: ['wal_level=minimal']}, '--parameter wal_level must be logical'],
    [{parameter: ['work_mem']}, '--parameter is no name=value: "work_mem"'],
    [{repo: ['volume:lots']}, '--repo is no quantity: "lots"'],
    [{repo: ['ftp://x']}, '--repo is no repository: "ftp://x"'],
    [{repo: ['20Gi']}, '--repo is no repository: "20Gi"'],
    [{repo: ['s3://']}, '--repo names no bucket'],
    [{repo: ['s3://b?endpoint=e']}, '--repo needs region'],
    [{repo: ['s3://b?endpont=e']}, '--repo has an unknown option endpont'],
    [
      {repo: ['gcs://b', 'gcs://b', 'gcs://b', 'gcs://b', 'gcs://b']},
      '--repo takes at most 4 entries, has 5',
    ],
    [{schedule: ['weekly=0 1 * * 0']}, '--schedule is no schedule'],
    [{schedule: ['full=0 25 * * 0']}, '--schedule is no schedule: "0 25 * * 0"'],
    [{schedule: ['repo2:full=0 1 * * 0']}, '--schedule names repo2, which no --repo makes'],
    [{schedule: ['full=0 1 * * 0', 'full=0 2 * * 0']}, '--schedule gives full of repo1 twice'],
    [{noBackups: true, repo: ['volume:1Gi']}, '--no-backups and --repo contradict each other'],
    [{spread: 'zones'}, '--spread is no domain: "zones"'],
    [{nodeSelector: ['nvme']}, '--node-selector is no label: "nvme"'],
    [{toleration: ['a:NoScheduling']}, '--toleration has no such effect: "NoScheduling"'],
    [{toleration: ['']}, '--toleration is no toleration'],
  ])('%j', (flags, message) => {
    const error = complaintOf(flags)
    expect(error.message).toContain(message)
    expect(error.object).toMatch(/^flag --/)
    expect(error.exitCode).toBe(2)
  })

  test.each([
    ['Hippo', 'must be lower-case letters'],
    ['1hippo', 'and start with a letter'],
    ['', 'must not be empty'],
    ['a'.repeat(45), 'makes names too long'],
  ])('the name %j', (name, message) => {
    const error = complaintOf({user: 'app', database: 'app'}, name)
    expect(error.message).toContain(message)
    expect(error.object).toBe(`cluster ${JSON.stringify(name)}`)
    expect(error.hints[0]).toMatch(/^For example: pgk create cluster [a-z-]+$/)
  })

  test('a near miss is answered with what was meant', () => {
    expect(complaintOf({schedule: ['ful=0 1 * * 0']}).hints).toContain('Did you mean full?')
    expect(complaintOf({spread: 'zones'}).hints).toEqual(['Did you mean zone?'])
  })

  test('several mistakes are one error', () => {
    const error = complaintOf({replicas: 0, port: 1})
    expect([error.message, error.reason]).toEqual([
      '--port must be at least 1024, not 1',
      '--replicas must be at least 1, not 0',
    ])
  })
})
