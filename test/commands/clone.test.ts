import {expect, test} from 'vitest'
import Restore from '../../src/commands/restore.ts'
import {Annotation} from '../../src/lib/model/labels.ts'
import {text} from '../../src/lib/observe/fields.ts'
import type {ExecOptions, ExecResult, KubeObject} from '../../src/lib/ports.ts'
import {wireEngine} from '../../src/lib/wire-engine.ts'
import {clusterDocument, type FakeDeps, fakeDeps, instance, leaderEndpoints} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const stop = Date.parse('2026-01-01T11:00:30Z') / 1000
const info = JSON.stringify([
  {
    name: 'db',
    status: {code: 0, message: 'ok'},
    repo: [{key: 1, status: {code: 0, message: 'ok'}}],
    db: [],
    archive: [],
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
])
const wal = JSON.stringify(
  Object.fromEntries(
    [2, 3].map(number => [
      `17-1/0000000100000000/00000001000000000000000${number}-${'a'.repeat(40)}.lz4`,
      {type: 'file', time: stop + number * 10},
    ]),
  ),
)

/** A leader that switches its WAL within segment 3, and pgBackRest beside it. */
function answering({command, stdin}: ExecOptions): ExecResult {
  const said = (stdout: string): ExecResult => ({exitCode: 0, stdout, stderr: ''})
  if (command[0] !== 'psql') return said(command.includes('info') ? info : wal)
  const sql = String(stdin)
  if (sql.includes('pg_switch_wal')) return said('t\n000000010000000000000003|0/3000150\n')
  return sql.includes('last_archived_wal, ') ? said('t\n') : {exitCode: 1, stdout: '', stderr: 'not asked'}
}

const storage: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {name: 'standard', annotations: {'storageclass.kubernetes.io/is-default-class': 'true'}},
}

/** What the source's repository is read with. */
const reading = (kind: string, name: string, keys: string[]): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {name, namespace: 'db'},
  data: Object.fromEntries(keys.map(key => [key, ''])),
})
const sourceObjects = [
  reading('ConfigMap', 'hippo-pgbackrest-config', ['pgbackrest_instance.conf']),
  reading('Secret', 'hippo-pgbackrest', [
    'pgbackrest.ca-roots',
    'pgbackrest-client.crt',
    'pgbackrest-client.key',
  ]),
]

function depsWith(): FakeDeps {
  const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
  const repos = [{name: 'repo1', volume: {volumeClaimSpec: claim}}]
  const deps = fakeDeps(
    {
      objects: [
        {apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'db'}},
        storage,
        clusterDocument('hippo', {backups: {pgbackrest: {repos}}}),
        ...instance('hippo', 1, 'master'),
        leaderEndpoints('hippo', 'hippo-pg-1-0'),
        ...sourceObjects,
      ],
      exec: answering,
    },
    options => Promise.resolve(wireEngine(deps, options)),
  )
  return deps
}

const saved = (deps: FakeDeps): KubeObject | undefined =>
  deps.kube.all().find(({kind, metadata}) => kind === 'PostgresCluster' && metadata.name === 'rhino')

test.each([
  ['--latest', ['--latest'], '0/3000150'],
  ['a time', ['--pitr', '2026-01-01T11:00:55Z'], undefined],
])('a new cluster from %s remembers what its recovery must reach', async (_, target, lsn) => {
  const deps = depsWith()
  const ran = await runCommand(Restore, ['hippo', '--to', 'rhino', ...target, '--no-wait'], {deps})
  expect(ran.stderr).toContain('Begun.')
  const rhino = saved(deps)
  expect(rhino?.metadata.annotations?.[Annotation.promisedLsn]).toBe(lsn)
  expect(rhino).toMatchObject({status: {operation: {kind: 'clone', phase: 'restore'}}})
  expect(text(rhino, 'status', 'operation', 'request', 'promisedLsn')).toBe(lsn)
})
