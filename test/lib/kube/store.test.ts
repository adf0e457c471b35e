import {expect, test} from 'vitest'
import {forbiddenError} from '../../../src/lib/errors.ts'
import {createStore} from '../../../src/lib/kube/store.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {type FakeKubeOptions, fakeKube} from '../../fakes/kube.ts'

const document = (name = 'hippo', spec: unknown = {postgresVersion: 17}): KubeObject => ({
  apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
  kind: 'PostgresCluster',
  metadata: {name, namespace: 'db', labels: {team: 'a'}},
  spec,
})
const ref = {namespace: 'db', name: 'hippo'}
const withoutCrd: FakeKubeOptions = {unserved: ['PostgresCluster']}

test.each([
  ['ConfigMap', withoutCrd],
  ['CustomResource', {}],
])('a document saved in a %s is read back whole, with an owner that exists', async (home, options) => {
  const kube = fakeKube(options)
  const store = createStore(kube)
  const saved = await store.save(document())
  expect(saved.home).toBe(home)
  const read = await store.get(ref)
  expect(read?.document).toMatchObject({...document(), metadata: {...document().metadata}})
  expect(
    kube.all().some(object => object.metadata.uid === read?.owner.uid && object.kind === read?.owner.kind),
  ).toBe(true)
  expect(await store.list({namespace: 'db', labelSelector: 'team=a'})).toHaveLength(1)
  expect(await store.list({namespace: 'db', labelSelector: 'team=b'})).toEqual([])
  expect(await store.remove(ref)).toBe(true)
  expect(await store.get(ref)).toBeUndefined()
  expect(await store.remove(ref)).toBe(false)
})

test('in a ConfigMap a changed spec is a new generation, and a saved status survives it', async () => {
  const store = createStore(fakeKube(withoutCrd))
  const first = await store.save(document())
  expect(first.document.metadata.generation).toBe(1)
  await store.saveStatus(ref, {observedGeneration: 1})
  expect((await store.save(document())).document.metadata.generation).toBe(1)
  const changed = await store.save(document('hippo', {postgresVersion: 18}))
  expect(changed.document.metadata.generation).toBe(2)
  expect(changed.document['status']).toEqual({observedGeneration: 1})
})

test.each([
  ['ConfigMap', withoutCrd],
  ['CustomResource', {}],
])('of two who write the status in a %s at once, neither erases what the other wrote', async (_, options) => {
  const store = createStore(fakeKube(options))
  await store.save(document())
  await store.saveStatus(ref, {drill: 'passed', usersRevision: 'r1'})
  let other: Promise<void> | undefined
  await store.saveStatus(ref, status => {
    other ??= store.saveStatus(ref, {operation: {id: 'x'}, usersRevision: null})
    return {drill: `${status['drill']} again`, pgbackrest: {verified: []}}
  })
  await other
  await store.saveStatus(ref, {pgbackrest: {repos: []}})
  expect((await store.get(ref))?.document['status']).toEqual({
    drill: 'passed again',
    operation: {id: 'x'},
    pgbackrest: {verified: [], repos: []},
  })
})

test('a change that somebody else overtook is made anew from what is there then', async () => {
  const kube = fakeKube(withoutCrd)
  const store = createStore(kube)
  await store.save(document())
  const seen: unknown[] = []
  await store.saveStatus(ref, status => {
    seen.push(status['operation'])
    const [configMap] = kube.all()
    if (configMap && seen.length === 1) {
      const data = configMap['data']
      const holds = typeof data === 'object' ? {...data, 'status.json': '{"operation":"theirs"}'} : {}
      kube.put({...configMap, data: holds})
    }
    return {drill: 'ours'}
  })
  expect(seen).toEqual([undefined, 'theirs'])
  expect((await store.get(ref))?.document['status']).toEqual({operation: 'theirs', drill: 'ours'})
})

test('the status of a cluster that is gone brings nothing back', async () => {
  const kube = fakeKube()
  await expect(createStore(kube).saveStatus(ref, {drill: 'x'})).rejects.toMatchObject({
    code: 'PGK_NOT_FOUND',
  })
  expect(kube.written).toEqual([])
})

test('the ConfigMap of a document is not among what the document’s cluster label selects', async () => {
  const kube = fakeKube(withoutCrd)
  await createStore(kube).save(document())
  const labels = kube.all()[0]?.metadata.labels ?? {}
  expect(Object.keys(labels)).not.toContain('postgres-operator.crunchydata.com/cluster')
})

test('a save on top of a state that is no longer the newest is refused', async () => {
  for (const options of [withoutCrd, {}]) {
    const store = createStore(fakeKube(options))
    const {document: stored} = await store.save(document())
    await store.save(document('hippo', {postgresVersion: 18}))
    const {resourceVersion = ''} = stored.metadata
    await expect(store.save(document(), {resourceVersion})).rejects.toMatchObject({
      code: 'PGK_CONFLICT',
      exitCode: 6,
    })
  }
})

test('a document stays in its ConfigMap when the custom resource is installed later', async () => {
  const kube = fakeKube(withoutCrd)
  await createStore(kube).save(document())
  const later = fakeKube({objects: kube.all()})
  const saved = await createStore(later).save(document('hippo', {postgresVersion: 18}))
  expect(saved.home).toBe('ConfigMap')
  expect(await createStore(later).list()).toHaveLength(1)
})

const operator = (environment: unknown[] = [], readyReplicas = 1): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'pgo',
    namespace: 'operators',
    labels: {'postgres-operator.crunchydata.com/control-plane': 'postgres-operator'},
  },
  spec: {template: {spec: {containers: [{env: environment}]}}},
  status: {readyReplicas},
})

test.each([
  ['runs for all namespaces', operator(), true],
  ['runs for this namespace', operator([{name: 'PGO_TARGET_NAMESPACE', value: 'db'}]), true],
  ['runs for others only', operator([{name: 'PGO_TARGET_NAMESPACES', value: 'a,b'}]), false],
  ['is scaled down', operator([], 0), false],
])('a PGO that %s decides whether pgk writes a PostgresCluster', async (_, deployment, refused) => {
  const save = createStore(fakeKube({objects: [deployment]})).save(document())
  if (!refused) await save
  else await expect(save).rejects.toMatchObject({code: 'PGK_OPERATOR_ACTIVE', exitCode: 6})
})

test('a PGO that runs has no say in a cluster whose document lives in a ConfigMap, or that is not there', async () => {
  const inConfigMap = fakeKube({...withoutCrd, objects: [operator()]})
  await createStore(inConfigMap).save(document())
  await createStore(inConfigMap).refuseOperator(ref)
  await createStore(fakeKube({objects: [operator()]})).refuseOperator(ref)
  const own = createStore(fakeKube({objects: [operator(), document()]})).refuseOperator(ref)
  await expect(own).rejects.toMatchObject({code: 'PGK_OPERATOR_ACTIVE', exitCode: 6})
})

test('where Deployments may not be read, a fresh write of PGO on the resource is proof enough', async () => {
  const written = (time: Date): KubeObject => ({
    ...document(),
    metadata: {
      ...document().metadata,
      managedFields: [{manager: 'postgrescluster-controller', time: time.toISOString()}],
    },
  })
  const options = (time: Date): FakeKubeOptions => ({
    objects: [written(time)],
    fail: (_, subject) => (subject.kind === 'Deployment' ? forbiddenError('FORBIDDEN', 'no') : undefined),
  })
  const fresh = createStore(fakeKube(options(new Date()))).save(document())
  await expect(fresh).rejects.toMatchObject({code: 'PGK_OPERATOR_ACTIVE'})
  await createStore(fakeKube(options(new Date(0)))).save(document())
})

test('a namespace user who may not read custom resources still finds a cluster in its ConfigMap', async () => {
  const kube = fakeKube(withoutCrd)
  await createStore(kube).save(document())
  const restricted = fakeKube({
    objects: kube.all(),
    fail: (_, subject) =>
      subject.kind === 'PostgresCluster' ? forbiddenError('FORBIDDEN', 'no') : undefined,
  })
  expect((await createStore(restricted).get(ref))?.home).toBe('ConfigMap')
  await expect(createStore(restricted).get({...ref, name: 'other'})).rejects.toMatchObject({exitCode: 4})
})
