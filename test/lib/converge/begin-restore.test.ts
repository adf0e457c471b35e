import {expect, it} from 'vitest'
import {type BeginRestore, beginRestore} from '../../../src/lib/converge/begin-restore.ts'
import {settle} from '../../../src/lib/converge/settle-restore.ts'
import {at as field} from '../../../src/lib/observe/fields.ts'
import type {ReachableChoice, RestorePoint} from '../../../src/lib/pgbackrest/targets.ts'
import type {ExecOptions, ExecResult} from '../../../src/lib/ports.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints} from '../../fakes/deps.ts'
import {backupSet} from '../pgbackrest/archive-model.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const repos = [{name: 'repo1', volume: {volumeClaimSpec: claim}}]
const ref = {namespace: 'db', name: 'hippo'}
const label = '20260101-110000F'
const name = (number: number): string => `00000001000000000000000${number}`
const seconds = (time: string): number => Date.parse(time) / 1000

const info = JSON.stringify([
  {
    name: 'db',
    status: {code: 0, message: 'ok', lock: {backup: {held: false}}},
    repo: [{key: 1, cipher: 'none', status: {code: 0, message: 'ok'}}],
    db: [],
    archive: [{id: '17-1', database: {id: 1, 'repo-key': 1}, min: name(2), max: name(5)}],
    backup: [
      {
        label,
        type: 'full',
        error: false,
        database: {id: 1, 'repo-key': 1},
        timestamp: {start: seconds('2026-01-01T11:00:00Z'), stop: seconds('2026-01-01T11:00:30Z')},
        archive: {start: name(2), stop: name(2)},
        lsn: {start: '0/2000028', stop: '0/2000100'},
      },
    ],
  },
])

const listing = (numbers: readonly number[]): string =>
  JSON.stringify(
    Object.fromEntries(
      numbers.map(number => [
        `17-1/0000000100000000/${name(number)}-d48c508e9e8b9242a9a2224c7db9a14c440a8918.lz4`,
        {type: 'file', size: 1, time: seconds(`2026-01-01T11:0${number}:40Z`)},
      ]),
    ),
  )

const leader = JSON.stringify({
  location: '0/6000028',
  timeline: 1,
  lastArchivedAt: seconds('2026-01-01T11:59:59Z'),
  lastArchivedWal: name(5),
  queued: 0,
  caughtUp: true,
})

/** The leader switches in segment 5; the archive lists what is given. */
const answers =
  (numbers: readonly number[]) =>
  ({command, stdin = ''}: ExecOptions): ExecResult => {
    const said = (stdout: string): ExecResult => ({exitCode: 0, stdout, stderr: ''})
    if (command.includes('info')) return said(info)
    if (command.includes('repo-ls')) return said(listing(numbers))
    if (stdin.includes('pg_switch_wal')) return said(`t\n${name(5)}|0/5000150\n`)
    if (stdin.includes('last_archived_wal, ')) return said('t\n')
    return said(leader)
  }

const record = {
  id: 'abcde',
  kind: 'restore',
  phase: 'stop',
  who: 'test',
  startedAt: '2026-01-01T12:00:00Z',
  request: {text: '--latest'},
}
const choice: ReachableChoice = {
  reachable: true,
  set: backupSet({label, lsnStop: '0/2000100'}),
  timeline: 1,
  walFrom: name(2),
  walTo: name(5),
  needsSwitch: true,
  certain: true,
  notes: [],
}

async function begin(numbers: readonly number[], point: RestorePoint): Promise<unknown> {
  const objects = [
    clusterDocument('hippo', {backups: {pgbackrest: {repos}}}),
    ...instance('hippo', 1, 'master'),
    leaderEndpoints('hippo', 'hippo-pg-1-0'),
  ]
  const deps = fakeDeps({objects, exec: answers(numbers)})
  const stored = await deps.store.get(ref)
  if (stored === undefined) throw new Error('there is no document')
  const request: BeginRestore = {
    ref,
    words: '--latest',
    planned: {leader: 'hippo-pg-1-0', timeline: 1, restored: undefined},
    record,
    settle: switched => settle(deps, {ref, target: {point}, choice}, stored, switched),
  }
  try {
    await beginRestore(deps, request, new AbortController().signal)
  } catch (error) {
    expect(deps.kube.written).toEqual([])
    throw error
  }
  return field((await deps.store.get(ref))?.document, 'status', 'operation')
}

const latest = {kind: 'latest'} as const
const time = {kind: 'time', at: new Date('2026-01-01T11:59:00Z')} as const

it('a restore to the end is written down with where the leader switched its WAL', async () => {
  expect(await begin([2, 3, 4, 5], latest)).toEqual({
    ...record,
    request: {text: '--latest', promisedLsn: '0/5000150'},
  })
})

it('a moment that the switched WAL reaches is written down as it was planned', async () => {
  expect(await begin([2, 3, 4, 5], time)).toEqual(record)
})

it.each([
  ['the end', 'the file before the switched one', latest, [2, 3, 5]],
  ['the end', 'the switched file itself', latest, [2, 3, 4]],
  ['a moment', 'the file before the switched one', time, [2, 3, 5]],
  ['a moment', 'the switched file itself', time, [2, 3, 4]],
])('%s is refused, and nothing written, where the archive lacks %s', async (_, __, point, numbers) => {
  await expect(begin(numbers, point)).rejects.toMatchObject({code: 'PGK_TARGET_UNREACHABLE', exitCode: 6})
})
