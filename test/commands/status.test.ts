import {expect, test} from 'vitest'
import Status from '../../src/commands/status.ts'
import {failedError, forbiddenError} from '../../src/lib/errors.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints} from '../fakes/deps.ts'
import type {FakeKubeOptions} from '../fakes/kube.ts'
import {runCommand} from '../fakes/run-command.ts'

const backups = {pgbackrest: {image: 'x', repos: [{name: 'repo1', volume: {volumeClaimSpec: claim()}}]}}
function claim() {
  return {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
}
const objects = () => [
  clusterDocument('hippo', {backups}),
  ...instance('hippo', 1, 'master'),
  ...instance('hippo', 2, 'replica'),
  leaderEndpoints('hippo', 'hippo-pg-1-0'),
]
const silent: FakeKubeOptions['exec'] = () => {
  throw failedError('EXEC_UNAVAILABLE', 'the container cannot be entered')
}

test('status answers with what the objects show while no pod answers, and lists what is unknown', async () => {
  const ran = await runCommand(Status, ['hippo'], {deps: fakeDeps({objects: objects(), exec: silent})})
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toMatch(/^hippo in db: unknown, Postgres 17\n/)
  expect(ran.stdout).toContain('hippo-pg-1  leader   running')
  expect(ran.stdout).toContain('UNKNOWN\n')
  expect(ran.stdout).toContain('pgbackrest: the container cannot be entered')
})

test('the json of status is the object that the screen is made from', async () => {
  const deps = fakeDeps({objects: objects(), exec: silent})
  const {stdout} = await runCommand(Status, ['hippo', '-o', 'json'], {deps})
  const status = JSON.parse(stdout)
  expect(status).toMatchObject({
    apiVersion: 'pgk/v1',
    kind: 'ClusterStatus',
    metadata: {name: 'hippo', namespace: 'db'},
    leader: 'hippo-pg-1',
    instances: [
      {name: 'hippo-pg-1', role: 'leader', state: 'running'},
      {name: 'hippo-pg-2', role: 'replica', state: 'streaming'},
    ],
    endpoints: {primary: 'hippo-primary.db.svc:5432'},
  })
  expect(status.unknown.length).toBeGreaterThan(0)
})

test('a right that it has no use for is not asked of its reader', async () => {
  const asked = new Set<string>()
  const fail = (verb: string, {kind}: {kind: string}): undefined => {
    if (verb === 'list') asked.add(kind)
  }
  await runCommand(Status, ['hippo'], {deps: fakeDeps({objects: objects(), exec: silent, fail})})
  expect([...asked].sort()).toEqual(['Endpoints', 'Node', 'Pod', 'StatefulSet'])
})

test('a source that may not be read is named with the right that is missing', async () => {
  const deps = fakeDeps({
    objects: objects(),
    exec: silent,
    fail: (_, {kind}) =>
      kind === 'StatefulSet' ? forbiddenError('FORBIDDEN', 'you may not list statefulsets.apps') : undefined,
  })
  const {stdout} = await runCommand(Status, ['hippo'], {deps})
  expect(stdout).toContain('kubernetes/StatefulSet: you may not list statefulsets.apps')
})

test('watching ends with Ctrl-C and shows at least one screen', async () => {
  const deps = fakeDeps({objects: objects(), exec: silent})
  const ran = await runCommand(Status, ['hippo', '--watch'], {deps, interrupt: true})
  expect(ran.stdout).toContain('hippo-pg-1  leader')
  expect(ran.exitCode).toBe(0)
})
