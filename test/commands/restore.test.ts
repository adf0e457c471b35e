import {expect, test} from 'vitest'
import Restore from '../../src/commands/restore.ts'
import {RestoreCommand} from '../../src/lib/ui/restore-command.ts'
import type {RestorePlan} from '../../src/lib/verbs/restore.ts'
import {clusterDocument, fakeDeps} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const restored = {restored: {fromTimeline: 1, outcome: 'restored'}}

test.each([
  [['--in-place', '--undo', '--pitr', '1 hour ago'], '--undo and --pitr contradict each other'],
  [['--in-place', '--undo', '--timeline', '2'], '--undo and --timeline contradict each other'],
  [['--in-place', '--latest', '--to-namespace', 'other'], '--to-namespace is for a new cluster'],
  [['--plan', '--latest', '--replicas', '2'], '--replicas is for a new cluster'],
  [['--cancel', '--plan'], '--cancel and --plan contradict each other'],
  [['--cancel', '--latest'], '--cancel and --latest contradict each other'],
  [['--cancel', '--dry-run', 'server'], '--cancel and --dry-run contradict each other'],
  [['--in-place', '--latest', '--no-wait'], 'a restore in place is waited for'],
])('restore %j is refused for what was typed, before anything is read', async (argv, words) => {
  const deps = fakeDeps({objects: [{...clusterDocument('hippo'), status: restored}]})
  const ran = await runCommand(Restore, ['hippo', ...argv], {deps})
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain(words)
  expect(deps.kube.execs).toEqual([])
})

const plan: RestorePlan = {
  apiVersion: 'pgk/v1',
  kind: 'RestorePlan',
  metadata: {name: 'hippo', namespace: 'db'},
  from: null,
  target: {kind: 'latest', value: null, utc: null, exclusive: false},
  reachable: false,
  reason: 'there is no backup',
  nearest: {before: null, after: null},
  repo: null,
  set: null,
  timeline: null,
  walFrom: null,
  walTo: null,
  sizeBytes: null,
  certain: null,
  estimatedSeconds: null,
  loses: {since: null, approximateTransactions: null},
  into: {cluster: 'hippo', namespace: 'db', inPlace: true},
  consequences: [],
  notes: [],
}

/** Tells a plan, as a restore does before it asks or refuses. */
class Tell extends RestoreCommand {
  async run(): Promise<void> {
    await this.begin({flags: {}, args: {}})
    this.sayPlan(plan)
  }
}

test('the text of a plan is for a person: a script finds nothing but the error on stderr', async () => {
  const deps = fakeDeps()
  expect((await runCommand(Tell, [], {deps})).stderr).toContain('there is no backup')
  for (const format of ['json', 'yaml', 'name']) {
    expect((await runCommand(Tell, ['-o', format], {deps})).stderr).toBe('')
  }
})
