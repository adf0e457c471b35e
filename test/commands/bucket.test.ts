import {expect, test} from 'vitest'
import Apply from '../../src/commands/apply.ts'
import CreateCluster from '../../src/commands/create/cluster.ts'
import Restore from '../../src/commands/restore.ts'
import {Annotation} from '../../src/lib/model/labels.ts'
import type {ExecOptions, ExecResult, KubeObject} from '../../src/lib/ports.ts'
import {createDocument} from '../../src/lib/verbs/create.ts'
import {readSource} from '../../src/lib/verbs/repositories.ts'
import {wireEngine} from '../../src/lib/wire-engine.ts'
import {clusterDocument, type FakeDeps, fakeDeps} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const url = 's3://herd/hippo?endpoint=s3.example.com&region=eu-1&secret=keys'
const from = ['hippo', '--from-repo', url]
const space: KubeObject = {apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'db'}}
const keys: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {name: 'keys', namespace: 'db'},
  data: {'s3.conf': 'W2dsb2JhbF0K'},
}
/** The pod of the Job, whose name random bytes make. */
const looker = (state: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {name: 'looker', namespace: 'db', labels: {'job-name': 'hippo-look-kkkkk'}},
  status: {containerStatuses: [{name: 'pgbackrest-restore', state}]},
})

const said = (status: object, more: object = {}): string =>
  JSON.stringify([{name: 'db', status, repo: [{key: 1, status}], db: [], archive: [], backup: [], ...more}])
const stop = Date.parse('2026-01-01T11:00:30Z') / 1000
const held = said(
  {code: 0, message: 'ok'},
  {
    backup: [
      {
        label: '20260101-110000F',
        type: 'full',
        error: false,
        database: {id: 1, 'repo-key': 1},
        timestamp: {start: stop - 30, stop},
        archive: {start: '000000010000000000000002', stop: '000000010000000000000002'},
        lsn: {start: '0/2000028', stop: '0/2000100'},
      },
    ],
  },
)
const wal = JSON.stringify(
  Object.fromEntries(
    [2, 3].map(number => [
      `17-1/0000000100000000/00000001000000000000000${number}-${'a'.repeat(40)}.lz4`,
      {type: 'file', time: stop + number * 10},
    ]),
  ),
)

/** pgBackRest in the pod of the Job. */
const answering =
  (info: string) =>
  ({command}: ExecOptions): ExecResult => ({
    exitCode: 0,
    stdout: command[1] === 'info' ? info : wal,
    stderr: '',
  })

function depsWith(info: string, objects: KubeObject[] = [space, keys, looker({running: {}})]): FakeDeps {
  const deps = fakeDeps({objects, exec: answering(info)}, options =>
    Promise.resolve(wireEngine(deps, options)),
  )
  return deps
}
const writtenBy = (deps: FakeDeps): string[] => deps.kube.written.map(({verb, object}) => `${verb} ${object}`)
const onlyLooked = ['create Job db/hippo-look-kkkkk', 'delete Job db/hippo-look-kkkkk']

test('--plan says what a bucket would give, and leaves nothing behind', async () => {
  const deps = depsWith(held)
  const ran = await runCommand(CreateCluster, [...from, '--plan', '-o', 'json'], {deps})
  expect([ran.exitCode, JSON.parse(ran.stdout)]).toEqual([
    0,
    expect.objectContaining({
      kind: 'RestorePlan',
      from: 's3://herd/hippo',
      reachable: true,
      set: '20260101-110000F',
      walTo: '000000010000000000000003',
    }),
  ])
  expect(writtenBy(deps)).toEqual(onlyLooked)
  expect(deps.kube.execs[0]?.command).toContain('--stanza=db')
})

test('--plan says the same of a manifest, whose own options name the target', async () => {
  const deps = depsWith(held)
  const repo = {name: 'repo1', azure: {container: 'herd'}}
  const options = ['--type=immediate', '--set=20260101-110000F']
  const manifest = clusterDocument('hippo', {dataSource: {pgbackrest: {repo, options}}})
  const files = {'hippo.yaml': JSON.stringify(manifest)}
  const ran = await runCommand(CreateCluster, ['-f', 'hippo.yaml', '--plan', '-o', 'json'], {deps, files})
  expect(JSON.parse(ran.stdout)).toMatchObject({
    from: 'azure://herd/pgbackrest/repo1',
    target: {kind: 'backup', value: '20260101-110000F'},
    reachable: true,
  })
  expect(writtenBy(deps)).toEqual(onlyLooked)
})

const begun = (words: string): KubeObject => {
  const document = clusterDocument('hippo', {
    ...createDocument('hippo', {fromRepo: url}).spec,
    dataSource: {pgbackrest: {...readSource(url), options: ['--set=20260101-110000F', '--type=default']}},
  })
  return {...document, metadata: {...document.metadata, annotations: {[Annotation.clonedWith]: words}}}
}
const anHourAgo = [...from, '--pitr', '1 hour ago', '--dry-run', 'client']

test('a cluster that was begun from a bucket is gone on with, and its bucket is not looked into again', async () => {
  const deps = depsWith(held, [keys, begun(`--pitr '1 hour ago'`)])
  const ran = await runCommand(CreateCluster, anHourAgo, {deps})
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('is there already, as described')])
  expect(deps.kube.written).toEqual([])
})

test('a cluster that was begun with another target is left alone', async () => {
  const deps = depsWith(held, [keys, begun(`--pitr '2 hours ago'`)])
  const ran = await runCommand(CreateCluster, anHourAgo, {deps})
  expect([ran.exitCode, ran.stderr]).toEqual([
    6,
    expect.stringMatching(/another cluster "hippo"[\s\S]*by --from-repo and --pitr '2 hours ago'/),
  ])
  expect(deps.kube.written).toEqual([])
})

test('a moment that the bucket does not hold is exit 6, with nothing made', async () => {
  const deps = depsWith(held)
  const ran = await runCommand(CreateCluster, [...from, '--pitr', '2025-01-01T00:00:00Z'], {deps})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('too early')
  expect(ran.stderr).not.toContain('pgk backup window')
  expect(writtenBy(deps)).toEqual(onlyLooked)
})

const noKeys = [space, looker({running: {}})]
const stuck = [space, keys, looker({waiting: {reason: 'ImagePullBackOff', message: 'no such image'}})]
test.each([
  [
    'keys that are refused',
    said({code: 99, message: '[ProtocolError] HTTP request failed with 403 (Forbidden):'}),
    4,
    /refuses the keys[\s\S]*Secret db\/keys/,
    undefined,
    onlyLooked,
  ],
  [
    'no stanza',
    said({code: 1, message: 'missing stanza path'}),
    5,
    /holds no stanza db/,
    undefined,
    onlyLooked,
  ],
  [
    'no Secret',
    held,
    5,
    /there is no Secret keys[\s\S]*kubectl create secret generic keys -n db/,
    noKeys,
    [],
  ],
  ['no namespace', held, 5, /there is no namespace db/, [keys], []],
  ['a pod that does not start', held, 6, /ImagePullBackOff: no such image/, stuck, onlyLooked],
] as const)('%s: nothing is made, and the reason is told', async (_, info, code, words, objects, written) => {
  const deps = depsWith(info, objects === undefined ? undefined : [...objects])
  const ran = await runCommand(CreateCluster, from, {deps})
  expect([ran.exitCode, ran.stderr]).toEqual([code, expect.stringMatching(words)])
  expect(writtenBy(deps)).toEqual(written)
})

test('apply looks into the bucket of a manifest before it makes anything', async () => {
  const deps = depsWith(said({code: 2, message: 'no valid backups'}))
  const repo = {name: 'repo1', gcs: {bucket: 'herd'}}
  const manifest = clusterDocument('hippo', {dataSource: {pgbackrest: {repo}}})
  const ran = await runCommand(Apply, ['-f', '-'], {deps, stdin: JSON.stringify(manifest)})
  expect([ran.exitCode, ran.stderr]).toEqual([6, expect.stringContaining('holds no backup')])
  expect(writtenBy(deps)).toEqual(onlyLooked)
})

test.each([
  [['hippo', '--pitr', '2026-01-01T00:00:00Z'], '--pitr says where a restore stops, and nothing is restored'],
  [['hippo', '--plan'], '--plan shows what would be restored, and nothing is'],
  [[...from, '--repo', url], '--repo is s3://herd/hippo, where the data comes from'],
  [[...from, '--pitr', '2026-01-01 00:00'], 'says no time zone'],
  [['-f', 'x', '--from-repo', url], 'a manifest and --from-repo contradict each other'],
])('create cluster %j is a usage error', async (argv, words) => {
  const deps = depsWith(held)
  const ran = await runCommand(CreateCluster, argv, {deps})
  expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining(words)])
  expect(deps.kube.written).toEqual([])
})

test('a dry run changes nothing, so it does not look', async () => {
  const deps = depsWith(held)
  const ran = await runCommand(CreateCluster, [...from, '--dry-run', 'client', '-o', 'name'], {deps})
  expect(ran.exitCode).toBe(0)
  expect(deps.kube.written).toEqual([])
})

test('restoring a cluster that is gone points to its bucket', async () => {
  const ran = await runCommand(Restore, ['hippo', '--latest', '--plan'], {deps: fakeDeps()})
  expect([ran.exitCode, ran.stderr]).toEqual([
    5,
    expect.stringContaining('pgk create cluster hippo --from-repo s3://… --plan'),
  ])
})
