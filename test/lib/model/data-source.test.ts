import {describe, expect, test} from 'vitest'
import {checkDocument} from '../../../src/lib/model/validate.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const s3 = (bucket: string, endpoint = 's3.example.com') => ({bucket, endpoint, region: 'eu-1'})

function problemsOf(pgbackrest: object, backups?: object, more: object = {}) {
  return checkDocument({
    apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
    kind: 'PostgresCluster',
    metadata: {name: 'hippo'},
    spec: {
      postgresVersion: 17,
      instances: [{name: 'pg', dataVolumeClaimSpec: claim}],
      ...(backups === undefined ? {} : {backups: {pgbackrest: backups}}),
      dataSource: {pgbackrest, ...more},
    },
  }).problems.map(({path, message}) => `${path} ${message}`)
}
const source = (more: object = {}) => ({repo: {name: 'repo1', s3: s3('b')}, ...more})
const path = 'spec.dataSource.pgbackrest'

describe('a data source in an object store', () => {
  test('with all that PGO lets it say is accepted', () => {
    const all = source({
      stanza: 'main',
      global: {'repo1-path': '/old', 'repo1-s3-uri-style': 'path'},
      configuration: [{secret: {name: 'keys'}}],
      options: ['--type=time', '--target="2026-11-23 08:00:00+00"', '--set=20261123-010000F'],
      resources: {requests: {cpu: '1'}},
      affinity: {},
      tolerations: [],
      priorityClassName: 'high',
    })
    expect(problemsOf(all)).toEqual([])
    for (const repo of [{gcs: {bucket: 'b'}}, {azure: {container: 'c'}}])
      expect(problemsOf({repo: {name: 'repo1', ...repo}})).toEqual([])
  })

  test.each([
    [{}, `${path}.repo is missing`],
    [
      {repo: {name: 'repo1'}},
      `${path}.repo names no store; a repository is exactly one of volume, s3, gcs, azure`,
    ],
    [
      {repo: {name: 'repo1', volume: {volumeClaimSpec: claim}}},
      `${path}.repo.volume cannot be read without its cluster; a data source is in an object store`,
    ],
    [source({stanza: 'two words'}), `${path}.stanza is no name of a stanza`],
    [source({volumes: {additional: []}}), `${path}.volumes is not supported yet`],
    [
      {repo: {name: 'repo1', s3: s3('b'), schedules: {full: '0 1 * * 0'}}},
      `${path}.repo.schedules is not supported yet`,
    ],
    [
      source({global: {'repo1-cipher-pass': 'x'}}),
      `${path}.global.repo1-cipher-pass is a secret and does not belong into a document`,
    ],
  ])('%j is refused', (pgbackrest, words) => {
    expect(problemsOf(pgbackrest)).toEqual([words])
  })

  test('beside a cluster as the source is refused', () => {
    const cluster = {postgresCluster: {clusterName: 'rhino', repoName: 'repo1'}}
    expect(problemsOf(source(), undefined, cluster)).toEqual([
      'spec.dataSource names postgresCluster and pgbackrest; a cluster begins with one of them',
    ])
  })
})

describe('options of a restore', () => {
  test.each([
    [['--type=immediate', '--set=latest']],
    [['--type=default', '--target-timeline=2', '--delta', '--process-max=4']],
    [['--type=lsn', '--target=0/5000060', '--target-exclusive', '--target-action=promote']],
    [['--type=immediate', '--recovery-option=recovery_target_timeline=2']],
  ])('%j are understood', options => {
    expect(problemsOf(source({options}))).toEqual([])
  })

  test.each([
    [['--type=time --target=2026'], 0, 'asks for the type "time --target=2026"'],
    [['time'], 0, 'is no option: "time"'],
    [['--type=default', '--tarket=x'], 1, 'has the option --tarket, which pgk does not act on'],
    [['--db-include=app'], 0, 'has the option --db-include, which pgk does not act on'],
    [['--stanza=db'], 0, 'sets --stanza, which pgk sets itself'],
    [['--repo1-path=/x'], 0, 'sets --repo1-path, which pgk sets itself'],
    [['--type=standby'], 0, 'asks for the type "standby"'],
    [['--type=time', '--target=x', '--target-action=pause'], 2, '--target-action must be promote'],
    [['--recovery-option=primary_conninfo=x'], 0, 'may only set recovery_target_timeline'],
    [['--set=newest'], 0, '--set names no backup'],
    [['--type=lsn', '--target=0/1', '--type=xid'], 2, 'gives --type a second time'],
    [['--target=0/1'], 0, 'names a --target without a type that has one'],
  ])('%j: entry %i is refused by its path', (options, index, words) => {
    const found = problemsOf(source({options}))
    expect(found).toEqual([expect.stringContaining(words)])
    expect(found[0]?.startsWith(`${path}.options[${index}] `)).toBe(true)
  })

  test('a type that needs a target has one', () => {
    expect(problemsOf(source({options: ['--type=xid']}))).toEqual([
      `${path}.options have --type=xid and no --target`,
    ])
  })
})

describe('its own repository', () => {
  const own = (repo: object, global: Record<string, string> = {}) => ({
    repos: [{name: 'repo1', ...repo}],
    global,
  })

  test.each([
    ['of the same bucket and path', source(), own({s3: s3('b')})],
    ['by another endpoint of it', source(), own({s3: s3('b', 'other.example.com')})],
    [
      'spelled otherwise',
      source({global: {'repo1-path': '/a/b'}}),
      own({s3: s3('b')}, {'repo1-path': '/a//b/'}),
    ],
    [
      'moved there by options',
      source({global: {'repo1-path': '/a'}}),
      own({s3: s3('c')}, {'repo1-path': '/a', 'repo1-s3-bucket': 'b'}),
    ],
    [
      'in a container of any account',
      {repo: {name: 'repo1', azure: {container: 'c'}}},
      own({azure: {container: 'c'}}),
    ],
    ['at the same default path', {repo: {name: 'repo1', gcs: {bucket: 'g'}}}, own({gcs: {bucket: 'g'}})],
  ])('%s is refused: they would share an archive', (_, pgbackrest, backups) => {
    expect(problemsOf(pgbackrest, backups)).toEqual([
      expect.stringMatching(/^spec\.backups\.pgbackrest\.repos\[0\] is .*the two would share an archive$/),
    ])
  })

  test.each([
    ['on a volume', source(), own({volume: {volumeClaimSpec: claim}})],
    ['at another path', source(), own({s3: s3('b')}, {'repo1-path': '/new'})],
    ['in another bucket', source(), own({s3: s3('c')})],
    ['in another kind of store', source(), own({gcs: {bucket: 'b'}})],
    ['beside another stanza', source({stanza: 'main'}), own({s3: s3('b')})],
  ])('%s is accepted', (_, pgbackrest, backups) => {
    expect(problemsOf(pgbackrest, backups)).toEqual([])
  })
})
