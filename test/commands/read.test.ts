import {expect, test} from 'vitest'
import Export from '../../src/commands/export.ts'
import List from '../../src/commands/list.ts'
import Psql from '../../src/commands/psql.ts'
import Uri from '../../src/commands/uri.ts'
import {Annotation} from '../../src/lib/model/labels.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints, userSecret} from '../fakes/deps.ts'
import type {FakeKubeOptions} from '../fakes/kube.ts'
import {runCommand} from '../fakes/run-command.ts'

const healthy = (name = 'hippo') => [
  clusterDocument(name),
  ...instance(name, 1, 'master'),
  ...instance(name, 2, 'replica'),
  leaderEndpoints(name, `${name}-pg-1-0`),
]

test('list shows one line a cluster, from objects alone', async () => {
  const deps = fakeDeps({objects: healthy()})
  const ran = await runCommand(List, [], {deps})
  expect(ran.stdout).toBe(
    [
      'NAME   VERDICT  POSTGRES  READY  LEADER      TL  OPERATION',
      'hippo  warning  17        2/2    hippo-pg-1   1  -',
      '',
    ].join('\n'),
  )
  expect(deps.kube.execs).toEqual([])
})

test('list -o json is the list of the same objects, and -o name one line each', async () => {
  const deps = fakeDeps({objects: healthy()})
  const {stdout} = await runCommand(List, ['-o', 'json'], {deps})
  expect(JSON.parse(stdout)).toMatchObject({
    apiVersion: 'pgk/v1',
    kind: 'ClusterList',
    items: [{metadata: {name: 'hippo', namespace: 'db'}, leader: 'hippo-pg-1', instances: [{}, {}]}],
  })
  expect((await runCommand(List, ['-o', 'name'], {deps})).stdout).toBe('postgrescluster/hippo\n')
})

test('list of nothing prints no result, says so on stderr and is no failure', async () => {
  const ran = await runCommand(List, ['-n', 'empty'], {deps: fakeDeps({objects: healthy()})})
  expect(ran).toMatchObject({stdout: '', stderr: 'No clusters in namespace empty.\n', exitCode: 0})
})

test('export gives a manifest without what the server added', async () => {
  const {stdout} = await runCommand(Export, ['hippo', '--portable'], {deps: fakeDeps({objects: healthy()})})
  expect(stdout).toMatch(/^apiVersion: postgres-operator\.crunchydata\.com\/v1beta1\nkind: PostgresCluster\n/)
  expect(stdout).not.toMatch(/uid|resourceVersion|namespace/)
})

test('export does not bind who edits the target to what was promised of the old one', async () => {
  const made = clusterDocument('hippo')
  const annotations = {[Annotation.clonedWith]: '--latest', [Annotation.promisedLsn]: '0/4000028'}
  const objects = [{...made, metadata: {...made.metadata, annotations}}]
  const {stdout} = await runCommand(Export, ['hippo', '-o', 'json'], {deps: fakeDeps({objects})})
  expect(JSON.parse(stdout)).toMatchObject({metadata: {annotations: {[Annotation.clonedWith]: '--latest'}}})
  expect(stdout).not.toContain(Annotation.promisedLsn)
})

test('a cluster that is not there is exit 5 with the nearest that is', async () => {
  const ran = await runCommand(Export, ['hipo'], {deps: fakeDeps({objects: healthy()})})
  expect(ran.exitCode).toBe(5)
  expect(ran.stderr).toContain('there is no cluster "hipo" in namespace db (PGK_CLUSTER_NOT_FOUND)')
  expect(ran.stderr).toContain('Did you mean hippo?')
})

test('without a name the only cluster is used and said; with several a script gets a usage error', async () => {
  const one = await runCommand(Export, [], {deps: fakeDeps({objects: healthy()})})
  expect(one.stderr).toBe('Using cluster hippo, the only one in namespace db.\n')
  const objects = [...healthy(), clusterDocument('zebra')]
  const several = await runCommand(Export, [], {deps: fakeDeps({objects})})
  expect(several).toMatchObject({exitCode: 2, stdout: ''})
  expect(several.stderr).toContain('namespace db has 2: hippo, zebra')
  const picked = await runCommand(Export, [], {deps: fakeDeps({objects}), answers: ['zebra']})
  expect(picked.stdout).toContain('name: zebra')
  const named = await runCommand(Export, [], {deps: fakeDeps({objects}), environment: {PGK_CLUSTER: 'zebra'}})
  expect(named.stdout).toContain('name: zebra')
})

const psql = async (argv: string[], options: FakeKubeOptions = {}, stdin?: string) => {
  let attached: unknown
  const deps = fakeDeps({
    objects: healthy(),
    attached: given => {
      attached = given
      return 3
    },
    ...options,
  })
  const ran = await runCommand(Psql, argv, {deps, ...(stdin === undefined ? {} : {stdin})})
  return {ran, attached, deps}
}

test('psql runs in the leader’s pod, in the cluster’s first database, and ends with psql’s exit code', async () => {
  const {ran, attached} = await psql(['hippo', '-c', 'select 1', '--', '-At'])
  expect(attached).toMatchObject({
    namespace: 'db',
    pod: 'hippo-pg-1-0',
    container: 'database',
    command: ['psql', '-d', 'shop', '-c', 'select 1', '-At'],
    tty: false,
  })
  expect(ran.exitCode).toBe(3)
})

test('psql’s own options after -- are not taken for the name of a cluster', async () => {
  const {attached} = await psql(['--', '-c', 'select 1'])
  expect(attached).toMatchObject({command: ['psql', '-d', 'shop', '-c', 'select 1']})
})

test('psql -f sends the file on stdin, stops at the first error and never puts it into an argument', async () => {
  const {ran, deps} = await psql(
    ['hippo', '-f', '-'],
    {exec: () => ({exitCode: 0, stdout: 'ok\n', stderr: ''})},
    'sql',
  )
  expect(deps.kube.execs).toMatchObject([
    {stdin: 'sql', command: ['psql', '-d', 'shop', '-v', 'ON_ERROR_STOP=1', '-f', '-']},
  ])
  expect(ran).toMatchObject({stdout: 'ok\n', exitCode: 0})
})

test('without a fresh leader psql refuses instead of trusting a label', async () => {
  const stale = leaderEndpoints('hippo', 'hippo-pg-1-0', new Date('2026-01-01T11:00:00Z'))
  const {ran} = await psql(['hippo'], {objects: [clusterDocument('hippo'), stale]})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('no instance of hippo leads now (PGK_NO_LEADER)')
  expect(ran.stderr).toContain('has not renewed its lease')
})

const withUsers = () => [
  ...healthy(),
  userSecret('hippo', 'app', 'p@ss/word'),
  userSecret('hippo', 'zoe', 'z'),
]

test('uri shows no password unless asked to', async () => {
  const deps = fakeDeps({objects: withUsers()})
  const masked = await runCommand(Uri, ['hippo'], {deps})
  expect(masked.stdout).toBe('postgresql://app@hippo-primary.db.svc:5432/shop\n')
  expect(masked.stdout + masked.stderr).not.toContain('p@ss')
  const shown = await runCommand(Uri, ['hippo', '--show-password'], {deps})
  expect(shown.stdout).toBe('postgresql://app:p%40ss%2Fword@hippo-primary.db.svc:5432/shop\n')
  const asked = await runCommand(Uri, ['hippo'], {deps, answers: [true]})
  expect(asked.stdout).toBe(shown.stdout)
})

test('uri -o env is what a program reads; -o json without a password has null for it', async () => {
  const deps = fakeDeps({objects: withUsers()})
  const {stdout} = await runCommand(
    Uri,
    ['hippo', '--user', 'zoe', '--replicas', '--show-password', '-o', 'env'],
    {deps},
  )
  expect(stdout).toBe(
    [
      'PGHOST=hippo-replicas.db.svc',
      'PGPORT=5432',
      'PGUSER=zoe',
      'PGDATABASE=shop',
      'PGPASSWORD=z',
      'PGSSLMODE=require',
      'DATABASE_URL=postgresql://zoe:z@hippo-replicas.db.svc:5432/shop',
      '',
    ].join('\n'),
  )
  const {stdout: json} = await runCommand(Uri, ['hippo', '--json'], {deps})
  expect(JSON.parse(json)).toMatchObject({kind: 'Connection', user: 'app', password: null})
})

test('uri of a user that is not there names those that are', async () => {
  const ran = await runCommand(Uri, ['hippo', '--user', 'ap'], {deps: fakeDeps({objects: withUsers()})})
  expect(ran.exitCode).toBe(5)
  expect(ran.stderr).toContain('It has: app, zoe')
})

const damagedDocument = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'rhino-pgk',
    namespace: 'db',
    labels: {'postgres-operator.crunchydata.com/document': 'rhino'},
  },
  data: {'postgrescluster.json': '{"spec":'},
}

test('list shows a cluster whose document is damaged as unknown, with the reason, and all others', async () => {
  const deps = fakeDeps({objects: [...healthy(), damagedDocument]})
  const ran = await runCommand(List, ['-o', 'wide'], {deps})
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toMatch(/^hippo +warning/m)
  expect(ran.stdout).toMatch(/^rhino +unknown +unknown .*the stored document is no valid JSON$/m)
})

test('a damaged document is named by commands that need it, though it is the only one', async () => {
  const deps = fakeDeps({objects: [damagedDocument]})
  for (const argv of [[], ['rhino']]) {
    const ran = await runCommand(Export, argv, {deps})
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('PGK_DOCUMENT_DAMAGED')
  }
})
