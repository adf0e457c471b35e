import {expect, test} from 'vitest'
import Apply from '../../src/commands/apply.ts'
import CreateCluster from '../../src/commands/create/cluster.ts'
import DeleteCluster from '../../src/commands/delete/cluster.ts'
import Install from '../../src/commands/install.ts'
import Uninstall from '../../src/commands/uninstall.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints, userSecret} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const label = (key: string): string => `postgres-operator.crunchydata.com/${key}`

const volume = (name: string, more: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {name, namespace: 'db', labels: {[label('cluster')]: 'hippo', ...more}},
  spec: {resources: {requests: {storage: '1Gi'}}},
})

const cluster = () => [
  clusterDocument('hippo'),
  ...instance('hippo', 1, 'master').filter(({kind}) => kind !== 'Pod'),
  leaderEndpoints('hippo', 'hippo-pg-1-0'),
  userSecret('hippo', 'app', 'secret'),
  volume('hippo-pg-1-pgdata'),
  volume('hippo-repo1', {[label('pgbackrest-volume')]: ''}),
]
const kinds = (objects: readonly {kind: string}[]) => [...new Set(objects.map(({kind}) => kind))].sort()

test('delete cluster keeps volumes and passwords, says so first, and removes everything else', async () => {
  const deps = fakeDeps({objects: cluster()})
  const ran = await runCommand(DeleteCluster, ['hippo', '--confirm', 'hippo'], {deps})
  expect(ran.exitCode).toBe(0)
  expect(ran.stderr).toContain('Kept: hippo-pg-1-pgdata (1Gi, data), hippo-repo1 (1Gi, backups)')
  expect(kinds(deps.kube.all())).toEqual(['PersistentVolumeClaim', 'Secret'])
  const deleted = deps.kube.written.filter(({verb}) => verb === 'delete').map(({object}) => object)
  expect(deleted.slice(0, 2)).toEqual(['StatefulSet db/hippo-pg-1', 'PostgresCluster db/hippo'])
})

test('delete cluster --purge lists what is lost for good and leaves nothing', async () => {
  const deps = fakeDeps({objects: cluster()})
  const ran = await runCommand(DeleteCluster, ['hippo', '--purge', '--confirm', 'hippo', '-o', 'json'], {
    deps,
  })
  expect(ran.stderr).toContain('LOST FOR GOOD: every backup on those volumes')
  expect(JSON.parse(ran.stdout)).toMatchObject({kind: 'Deletion', purged: true, keptVolumes: []})
  expect(deps.kube.all()).toEqual([])
})

test.each([
  ['without a terminal', ['hippo'], undefined, 'Confirm it on the command line: --confirm hippo'],
  ['with the wrong name', ['hippo', '--confirm', 'hipo'], undefined, '--confirm names "hipo", not "hippo"'],
  ['with another word typed', ['hippo'], ['yes'], 'declined; nothing was changed'],
])('delete cluster %s touches nothing and is exit 3', async (_, argv, answers, words) => {
  const deps = fakeDeps({objects: cluster()})
  const ran = await runCommand(DeleteCluster, argv, {deps, ...(answers === undefined ? {} : {answers})})
  expect(ran.exitCode).toBe(3)
  expect(ran.stderr).toContain(words)
  expect(deps.kube.written).toEqual([])
})

test('delete cluster never takes a name from the environment', async () => {
  const deps = fakeDeps({objects: cluster()})
  const ran = await runCommand(DeleteCluster, ['--confirm', 'hippo'], {
    deps,
    environment: {PGK_CLUSTER: 'hippo'},
  })
  expect(ran.exitCode).toBe(2)
  expect(deps.kube.written).toEqual([])
})

test('a purge finishes what an earlier delete kept', async () => {
  const deps = fakeDeps({objects: [volume('hippo-pg-1-pgdata')]})
  const kept = await runCommand(DeleteCluster, ['hippo', '--confirm', 'hippo'], {deps})
  expect(kept.exitCode).toBe(5)
  expect(kept.stderr).toContain('only its volumes are left: hippo-pg-1-pgdata')
  const ran = await runCommand(DeleteCluster, ['hippo', '--purge', '--confirm', 'hippo'], {deps})
  expect(ran.exitCode).toBe(0)
  expect(deps.kube.all()).toEqual([])
})

test('install applies the resource definition, and with --dry-run client talks to nobody', async () => {
  const deps = fakeDeps()
  const dry = await runCommand(Install, ['--dry-run', 'client'], {deps})
  expect(dry.stdout).toBe('Would install postgresclusters.postgres-operator.crunchydata.com\n')
  expect(deps.kube.written).toEqual([])
  await runCommand(Install, [], {deps})
  expect(kinds(deps.kube.all())).toEqual(['CustomResourceDefinition'])
})

test('uninstall refuses while clusters live in the resource', async () => {
  const deps = fakeDeps({objects: [clusterDocument('hippo')]})
  const name = 'postgresclusters.postgres-operator.crunchydata.com'
  const ran = await runCommand(Uninstall, ['--confirm', name], {deps})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('db/hippo')
})

test('create cluster of a name that is there with other fields is exit 6 and shows the difference', async () => {
  const deps = fakeDeps({objects: [clusterDocument('hippo')]})
  const ran = await runCommand(CreateCluster, ['hippo', '--replicas', '3'], {deps})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('spec.instances[pg].replicas: 2 → 3')
  expect(deps.kube.written).toEqual([])
})

test.each([
  [['hippo', '--repo', 'tape:1'], '--repo is no repository'],
  [['Hippo'], 'cluster "Hippo"'],
  [['hippo', '--replicas', 'many'], 'many'],
  [['hippo', '--timeout', 'soon'], '"soon" is no duration'],
  [[], 'a new cluster needs a name'],
])('create cluster %j is a usage error before anything is asked of Kubernetes', async (argv, words) => {
  const deps = fakeDeps()
  const ran = await runCommand(CreateCluster, argv, {deps})
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain(words)
  expect(deps.kube.written).toEqual([])
})

test('a manifest and flags for the same choices contradict each other', async () => {
  const options = {deps: fakeDeps(), files: {'hippo.yaml': 'kind: PostgresCluster'}}
  const ran = await runCommand(CreateCluster, ['-f', 'hippo.yaml', '--replicas', '3'], options)
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain('a manifest and --replicas contradict each other')
})

test('a manifest that names another namespace than the command is refused', async () => {
  const manifest = JSON.stringify({...clusterDocument('hippo'), metadata: {name: 'hippo', namespace: 'prod'}})
  const ran = await runCommand(Apply, ['-f', '-', '-n', 'db'], {deps: fakeDeps(), stdin: manifest})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('the manifest names namespace prod, the command db')
})

test('apply refuses what a running cluster cannot take, before anything is written', async () => {
  const deps = fakeDeps({objects: [clusterDocument('hippo')]})
  const manifest = JSON.stringify(clusterDocument('hippo', {postgresVersion: 16}))
  const ran = await runCommand(Apply, ['-f', '-'], {deps, stdin: manifest})
  expect(ran.exitCode).toBe(6)
  expect(deps.kube.written).toEqual([])
})
