import {expect, test} from 'vitest'
import Backup from '../../src/commands/backup/index.ts'
import BackupList from '../../src/commands/backup/list.ts'
import ScheduleList from '../../src/commands/backup/schedule/list.ts'
import Verify from '../../src/commands/backup/verify.ts'
import BackupWindow from '../../src/commands/backup/window.ts'
import type {ExecOptions, ExecResult} from '../../src/lib/ports.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const repos = [{name: 'repo1', volume: {volumeClaimSpec: claim}, schedules: {full: '0 1 * * 0'}}]
const objects = () => [
  clusterDocument('hippo', {backups: {pgbackrest: {repos}}}),
  ...instance('hippo', 1, 'master'),
  leaderEndpoints('hippo', 'hippo-pg-1-0'),
]
const seconds = (time: string): number => Date.parse(time) / 1000
const set = (
  label: string,
  type: string,
  minute: number,
  segment: string,
  reference: string[] | null = null,
) => ({
  label,
  type,
  reference,
  error: false,
  database: {id: 1, 'repo-key': 1},
  timestamp: {start: seconds(`2026-01-01T11:0${minute}:00Z`), stop: seconds(`2026-01-01T11:0${minute}:30Z`)},
  archive: {start: segment, stop: segment},
  lsn: {start: '0/2000028', stop: '0/2000100'},
  info: {size: 31_457_280, delta: 1_048_576, repository: {delta: 5120}},
})
const info = JSON.stringify([
  {
    name: 'db',
    status: {code: 0, message: 'ok', lock: {backup: {held: false}}},
    repo: [{key: 1, cipher: 'none', status: {code: 0, message: 'ok'}}],
    db: [],
    archive: [
      {
        id: '17-1',
        database: {id: 1, 'repo-key': 1},
        min: '000000010000000000000002',
        max: '000000010000000000000005',
      },
    ],
    backup: [
      set('20260101-110000F', 'full', 0, '000000010000000000000002'),
      set('20260101-110000F_20260101-110500I', 'incr', 5, '000000010000000000000005', ['20260101-110000F']),
    ],
  },
])
const file = (number: number, minute: number) => [
  `17-1/0000000100000000/00000001000000000000000${number}-d48c508e9e8b9242a9a2224c7db9a14c440a8918.lz4`,
  {type: 'file', size: 1, time: seconds(`2026-01-01T11:0${minute}:40Z`)},
]
/** Segment 4 is missing. */
const listing = JSON.stringify(Object.fromEntries([file(2, 0), file(3, 2), file(5, 5)]))
const verified = (state: string) =>
  `stanza: db\nstatus: ${state === 'valid' ? 'ok' : 'error'}\n` +
  `  backup: 20260101-110000F, status: ${state}, total files checked: 2, total valid files: 1\n` +
  '    missing: 0, checksum invalid: 1, size invalid: 0, other: 0\n' +
  `  backup: 20260101-110000F_20260101-110500I, status: ${state}, total files checked: 2, total valid files: 1\n`

const answers =
  (verify = verified('valid')) =>
  ({command}: ExecOptions): ExecResult => {
    const said = (stdout: string): ExecResult => ({exitCode: 0, stdout, stderr: ''})
    if (command.includes('info')) return said(info)
    if (command.includes('repo-ls')) return said(listing)
    if (command.includes('verify')) return said(verify)
    if (command.includes('check')) return said('')
    return {exitCode: 1, stdout: '', stderr: 'not in this test'}
  }
const deps = (verify?: string) => fakeDeps({objects: objects(), exec: answers(verify)})

test('backup list shows every set with its age and sizes, and -o name its labels', async () => {
  const {stdout} = await runCommand(BackupList, ['hippo'], {deps: deps()})
  expect(stdout.split('\n')[0]).toMatch(/^LABEL +TYPE +REPO +FINISHED +AGE +TOOK +DATABASE +STORED +STATE$/)
  expect(stdout).toContain(
    '20260101-110000F_20260101-110500I  incr  repo1  2026-01-01 11:05:30 UTC  54m30s ago',
  )
  const names = await runCommand(BackupList, ['hippo', '-o', 'name'], {deps: deps()})
  expect(names.stdout).toBe('backup/20260101-110000F\nbackup/20260101-110000F_20260101-110500I\n')
})

test('backup list -o json has the keys that scripts rely on', async () => {
  const {stdout} = await runCommand(BackupList, ['hippo', '-o', 'json'], {deps: deps()})
  expect(JSON.parse(stdout)).toMatchObject({
    apiVersion: 'pgk/v1',
    kind: 'BackupList',
    items: [
      {
        label: '20260101-110000F',
        type: 'full',
        repo: 'repo1',
        durationSeconds: 30,
        sizeBytes: 31_457_280,
        repoSizeBytes: 5120,
        walStart: '000000010000000000000002',
        timeline: 1,
        error: null,
      },
      {references: ['20260101-110000F']},
    ],
  })
})

test('backup window names the file that is missing between two backups', async () => {
  const {stdout} = await runCommand(BackupWindow, ['hippo'], {deps: deps()})
  expect(stdout).toContain('  2026-01-01 11:00:31 UTC to 2026-01-01 11:05:40 UTC\n')
  expect(stdout).toContain(
    'not from 2026-01-01 11:02:40 UTC to 2026-01-01 11:05:31 UTC: 1 WAL file missing, 000000010000000000000004\n',
  )
})

test('a cluster without repositories is refused with what to do', async () => {
  const bare = fakeDeps({objects: [clusterDocument('hippo', {backups: undefined})]})
  const ran = await runCommand(BackupList, ['hippo'], {deps: bare})
  expect(ran.exitCode).toBe(6)
  expect(ran.stderr).toContain('PGK_NO_BACKUPS')
})

test('a backup to a repository that is not there is a usage error before anything starts', async () => {
  const world = deps()
  const ran = await runCommand(Backup, ['hippo', '--repo', '3'], {deps: world})
  expect(ran).toMatchObject({exitCode: 2, stdout: ''})
  expect(world.kube.written).toEqual([])
})

test('schedules are told in words, with the zone, and as missing while no CronJob is there', async () => {
  const {stdout} = await runCommand(ScheduleList, ['hippo'], {deps: deps()})
  expect(stdout).toMatch(/IN WORDS \(UTC\)/)
  expect(stdout).toContain('At 01:00, only on Sunday  missing')
})

test('verify ends with exit code 8 and remembers what it found', async () => {
  const world = deps(verified('invalid'))
  const ran = await runCommand(Verify, ['hippo', '-o', 'json'], {deps: world})
  expect(ran.exitCode).toBe(8)
  expect(JSON.parse(ran.stdout)).toMatchObject({
    valid: false,
    items: [{valid: false, checksumInvalid: 1}, {valid: false}],
  })
  const status = JSON.stringify(world.kube.written)
  expect(status).toContain('20260101-110000F')
  expect(status).toContain('valid')
})

test('verify is no success where there is no backup', async () => {
  const none = JSON.stringify([{...JSON.parse(info)[0], backup: []}])
  const exec = (options: ExecOptions): ExecResult =>
    options.command.includes('info') ? {exitCode: 0, stdout: none, stderr: ''} : answers()(options)
  const ran = await runCommand(Verify, ['hippo'], {deps: fakeDeps({objects: objects(), exec})})
  expect(ran.exitCode).toBe(8)
  expect(ran.stdout).toContain('Wrong: repo1 holds no backup')
})
