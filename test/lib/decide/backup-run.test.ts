import {describe, expect, it} from 'vitest'
import {
  attachable,
  type BackupRun,
  backupTypeAnnotation,
  decideBackup,
  jobAnnotation,
} from '../../../src/lib/decide/backup-run.ts'
import {Label} from '../../../src/lib/model/labels.ts'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import type {StanzaInfo} from '../../../src/lib/pgbackrest/info.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {job, observed, pod} from '../../fakes/observed.ts'
import {backupSet} from '../pgbackrest/archive-model.ts'

const name = 'hippo-backup-abcde'
const wanted: KubeObject = {apiVersion: 'batch/v1', kind: 'Job', metadata: {name}}
const labels = {[Label.pgbackrestBackup]: 'manual', [Label.pgbackrestRepo]: 'repo1'}
const annotations = {[backupTypeAnnotation]: 'full'}

const stanza = (change: Partial<StanzaInfo> = {}): StanzaInfo => ({
  state: 'ok',
  message: 'ok',
  repos: [{number: 1, state: 'ok', message: 'ok', encrypted: false}],
  backups: [],
  archives: [],
  systemIdentifiers: [],
  running: undefined,
  ...change,
})
const seeing = (change: Partial<Observed> = {}, info: StanzaInfo = stanza()): Observed =>
  observed({answers: {...noAnswers, backups: {known: true, value: info}}, ...change})

const podOf = (phase: string, terminated?: {exitCode: number; message: string}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {name: `${name}-x`, labels: {'job-name': name}},
  status: {
    phase,
    containerStatuses: terminated === undefined ? [] : [{name: 'pgbackrest', state: {terminated}}],
  },
})
const withPod = (one: KubeObject): Observed['objects'] => new Map([['Pod', [one]]])

const run = (change: Partial<BackupRun>): BackupRun => ({
  seen: seeing(),
  order: {repo: 'repo1', type: 'full'},
  needsRepoHost: true,
  job: wanted,
  following: undefined,
  shown: false,
  progress: undefined,
  bytesPerSecond: undefined,
  formatBytes: String,
  ...change,
})

describe('a backup that is asked for', () => {
  it('asks the repository before it starts anything', () => {
    const decision = decideBackup(run({seen: observed()}))
    expect(decision).toMatchObject({
      actions: [],
      waiting: 'the repository is asked',
      questions: {backups: true},
    })
  })

  it('starts one Job and then follows it', () => {
    expect(decideBackup(run({})).actions).toEqual([{kind: 'start-job', job: wanted}])
    expect(decideBackup(run({following: name}))).toMatchObject({actions: [], waiting: 'the Job starts'})
  })

  it('clears one-off Jobs away that ended before the last three, and no others', () => {
    const ended = (number: number, change = {}) =>
      job(`one-${number}`, {
        labels,
        annotations,
        state: 'complete',
        startedAt: `2026-01-01T11:0${number}:00Z`,
        ...change,
      })
    const jobs = [
      ...[5, 1, 3, 2, 4].map(number => ended(number)),
      ended(0, {labels: {...labels, [Label.pgbackrestBackup]: 'scheduled'}}),
    ]
    const {actions} = decideBackup(run({seen: seeing({jobs})}))
    expect(actions.map(action => (action.kind === 'remove-job' ? action.job : action.kind))).toEqual([
      'start-job',
      'one-2',
      'one-1',
    ])
  })

  it.each([
    ['no leader', {leadership: {state: 'none'} as const}, 'NO_LEADER'],
    [
      'a repository host that is not ready',
      {repoHost: pod('hippo-repo-host-0', {ready: false})},
      'REPO_HOST_NOT_READY',
    ],
    ['another backup at work', {jobs: [job('hippo-repo1-incr-1', {labels})]}, 'BACKUP_RUNNING'],
  ])('is refused with %s', (_, change, code) => {
    expect(decideBackup(run({seen: seeing(change)})).stuck).toMatchObject({code: `PGK_${code}`, exitCode: 6})
  })

  it.each([
    ['missing-stanza-path' as const, 'STANZA_MISSING'],
    ['unreadable' as const, 'REPOSITORY_UNREADABLE'],
  ])('is refused while the repository is %s', (state, code) => {
    const info = stanza({repos: [{number: 1, state, message: 'why', encrypted: false}]})
    expect(decideBackup(run({seen: seeing({}, info)})).stuck).toMatchObject({
      code: `PGK_${code}`,
      exitCode: 6,
    })
  })

  it('takes up a Job that makes the same, and only that', () => {
    const running = seeing({jobs: [job(name, {labels, annotations})]})
    expect(attachable(running, {repo: 'repo1', type: 'full'})?.name).toBe(name)
    expect(attachable(running, {repo: 'repo1', type: 'incr'})).toBeUndefined()
    expect(attachable(running, {repo: 'repo2', type: 'full'})).toBeUndefined()
  })
})

describe('a backup that runs', () => {
  const active = {jobs: [job(name, {labels, annotations})]}

  it('shows percent, bytes and rate, and waits in tenths so that logs stay short', () => {
    const seen = seeing({...active, objects: withPod(podOf('Running'))})
    const decision = decideBackup(
      run({seen, following: name, shown: true, progress: {sizeBytes: 200, doneBytes: 91}, bytesPerSecond: 7}),
    )
    expect(decision.milestones[1]).toMatchObject({state: 'active', detail: '45 % (91 of 200, 7/s)'})
    expect(decision).toMatchObject({waiting: '40 % are copied', settled: false})
  })

  it('is not over when its Job is, but when the repository shows the set that it made', () => {
    const jobs = [job(name, {labels, annotations, state: 'complete'})]
    const before = decideBackup(run({seen: seeing({jobs}), following: name, shown: true}))
    expect(before).toMatchObject({settled: false, waiting: 'the repository does not show the backup yet'})
    const set = backupSet({label: '20261123-083204F', annotations: {[jobAnnotation]: name}})
    const after = run({seen: seeing({jobs}, stanza({backups: [set]})), following: name, shown: true})
    expect(decideBackup(after)).toMatchObject({settled: true, stuck: undefined})
  })

  it('that fails says what pgBackRest said, by the exit code of its pod', () => {
    const objects = withPod(podOf('Failed', {exitCode: 50, message: 'ERROR: [050]: unable to acquire lock'}))
    const jobs = [job(name, {labels, state: 'failed', message: 'BackoffLimitExceeded'})]
    const {stuck} = decideBackup(run({seen: seeing({jobs, objects}), following: name, shown: true}))
    expect(stuck).toMatchObject({code: 'PGK_BACKUP_LOCKED', exitCode: 6, object: `Job db/${name}`})
  })

  it('whose Job was removed ends with that, not with waiting for ever', () => {
    const {stuck} = decideBackup(run({following: name, shown: true}))
    expect(stuck).toMatchObject({code: 'PGK_JOB_GONE', exitCode: 5})
  })
})
