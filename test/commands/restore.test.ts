import {expect, test} from 'vitest'
import Restore from '../../src/commands/restore.ts'
import {clusterDocument, fakeDeps} from '../fakes/deps.ts'
import {runCommand} from '../fakes/run-command.ts'

const restored = {restored: {fromTimeline: 1, outcome: 'restored'}}

test.each([
  [['--in-place', '--undo', '--pitr', '1 hour ago'], '--undo and --pitr contradict each other'],
  [['--in-place', '--undo', '--timeline', '2'], '--undo and --timeline contradict each other'],
  [['--in-place', '--latest', '--to-namespace', 'other'], '--to-namespace is for a new cluster'],
  [['--plan', '--latest', '--replicas', '2'], '--replicas is for a new cluster'],
])('restore %j is refused for what was typed, before anything is read', async (argv, words) => {
  const deps = fakeDeps({objects: [{...clusterDocument('hippo'), status: restored}]})
  const ran = await runCommand(Restore, ['hippo', ...argv], {deps})
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain(words)
  expect(deps.kube.execs).toEqual([])
})
