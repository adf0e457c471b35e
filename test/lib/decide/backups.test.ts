import {describe, expect, it} from 'vitest'
import {type BackupInput, planBackups} from '../../../src/lib/decide/backups.ts'
import {Label} from '../../../src/lib/model/labels.ts'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import {parseInfo, type StanzaInfo} from '../../../src/lib/pgbackrest/info.ts'
import {at, job, leaderState, observed} from '../../fakes/observed.ts'

const info = (change: {code?: number; backup?: unknown[]; id?: string}): StanzaInfo =>
  parseInfo(
    JSON.stringify([
      {
        name: 'db',
        status: {code: change.code ?? 0, message: 'x', lock: {backup: {held: false}}},
        repo: [{key: 1, cipher: 'none', status: {code: change.code ?? 0, message: 'x'}}],
        db: change.code === 1 ? [] : [{id: 1, 'repo-key': 1, version: '17'}],
        archive: [],
        backup: change.backup ?? [],
      },
    ]).replace('"version":"17"', `"system-id":${change.id ?? '7710884053495799853'},"version":"17"`),
  )

const full = {
  label: '20260101-110000F',
  type: 'full',
  error: false,
  database: {id: 1, 'repo-key': 1},
  timestamp: {start: 1767265200, stop: 1767265260},
  archive: {start: '000000010000000000000002', stop: '000000010000000000000002'},
}

const firstJob = {[Label.pgbackrestBackup]: 'replica-create'}
const backupJob = {apiVersion: 'batch/v1', kind: 'Job', metadata: {name: 'hippo-backup-1'}}

function input(found: StanzaInfo | undefined, change: Partial<BackupInput> = {}): BackupInput {
  const backups = found === undefined ? undefined : ({known: true, value: found} as const)
  return {
    seen: observed({answers: {...noAnswers, sql: {known: true, value: leaderState()}, backups}}),
    status: {},
    repos: ['repo1'],
    repositoryReady: true,
    replicasSettled: true,
    startedAt: new Date(at.getTime() - 60_000),
    firstBackupJob: () => backupJob,
    ...change,
  }
}
const kinds = (given: BackupInput) => planBackups(given).actions.map(action => action.kind)

describe('planBackups', () => {
  it('asks before it acts', () => {
    expect(planBackups(input(undefined))).toMatchObject({actions: [], waiting: 'the repository is asked'})
  })

  it('creates the stanza where the repository has none', () => {
    expect(kinds(input(info({code: 1})))).toContain('create-stanza')
  })

  it('starts the first backup once the stanza is there', () => {
    expect(planBackups(input(info({code: 2}))).actions).toContainEqual({kind: 'start-job', job: backupJob})
  })

  it('waits with the first backup until the replicas have settled', () => {
    expect(kinds(input(info({code: 2}), {replicasSettled: false}))).toEqual(['record'])
  })

  it('starts no second Job while one runs', () => {
    const given = input(info({code: 2}))
    const seen = {...given.seen, jobs: [job('hippo-backup-1', {labels: firstJob})]}
    expect(kinds({...given, seen})).not.toContain('start-job')
  })

  it('keeps what it knew of a repository that cannot be read now, and creates nothing over it', () => {
    const status = {
      pgbackrest: {repos: [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: true}]},
    }
    const plan = planBackups(input(info({code: 99}), {status}))
    expect(plan.actions).toEqual([])
    expect(plan.waiting).toContain('repo1')
  })

  it('gives up after three failures of this run, and says where to read why', () => {
    const given = input(info({code: 2}))
    const jobs = [1, 2, 3].map(n => job(`hippo-backup-${n}`, {labels: firstJob, state: 'failed'}))
    const plan = planBackups({...given, seen: {...given.seen, jobs}})
    expect(plan.stuck?.code).toBe('PGK_FIRST_BACKUP_FAILED')
    expect(plan.stuck?.hints.join()).toContain('kubectl logs job/hippo-backup-3')
  })

  it('clears failures of an earlier run away and tries again', () => {
    const given = input(info({code: 2}))
    const jobs = [
      job('hippo-backup-1', {labels: firstJob, state: 'failed', startedAt: '2026-01-01T10:00:00Z'}),
    ]
    expect(kinds({...given, seen: {...given.seen, jobs}})).toContain('remove-job')
  })

  it('refuses the repository of another database', () => {
    expect(planBackups(input(info({id: '7000000000000000001'}))).stuck?.code).toBe('PGK_FOREIGN_REPOSITORY')
  })

  it.each(['restored', 'operation'])(
    'refuses backups from before the clone that status.%s tells of',
    field => {
      const clone = (startedAt: string): BackupInput['status'] => {
        const told = {id: 'abcde', kind: 'clone', who: 'me', phase: 'start', request: {}, startedAt} as const
        const done = {target: '', outcome: 'restored', finishedAt: startedAt} as const
        return field === 'restored' ? {restored: {...told, ...done}} : {operation: told}
      }
      const of = (startedAt: string) => planBackups(input(info({backup: [full]}), {status: clone(startedAt)}))
      expect(of('2026-01-01T11:01:01Z').stuck?.code).toBe('PGK_FOREIGN_REPOSITORY')
      expect(of('2026-01-01T11:00:00Z').stuck).toBeUndefined()
    },
  )

  it('remembers what it saw, once', () => {
    const plan = planBackups(input(info({backup: [full]})))
    const repos = [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: true}]
    expect(plan.actions).toEqual([{kind: 'record', status: {pgbackrest: {repos}}}])
    expect(kinds(input(info({backup: [full]}), {status: {pgbackrest: {repos}}}))).toEqual([])
  })

  it('does nothing while nobody leads', () => {
    const given = input(info({code: 1}))
    expect(kinds({...given, seen: {...given.seen, leadership: {state: 'none'}}})).toEqual([])
  })
})
