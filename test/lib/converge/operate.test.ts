import {webcrypto} from 'node:crypto'
import {expect, it, vi} from 'vitest'
import {type OperatePorts, type OperateRequest, operate} from '../../../src/lib/converge/operate.ts'
import {removeCluster} from '../../../src/lib/converge/remove.ts'
import {refusedError} from '../../../src/lib/errors.ts'
import {createStore} from '../../../src/lib/kube/store.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {clusterDocument, fakeDeps, instance} from '../../fakes/deps.ts'

const unused = (): never => {
  throw new Error('not for this test')
}

function world(documents: KubeObject[], change: Partial<OperatePorts> = {}) {
  const {kube, clock, random} = fakeDeps({objects: documents})
  const lost = new AbortController()
  const ports: OperatePorts = {
    kube,
    clock,
    random,
    store: createStore(kube),
    crypto: webcrypto,
    render: () => [],
    firstBackupJob: unused,
    backupJob: unused,
    restoreJob: unused,
    images: () => ({postgres: 'p', pgbackrest: 'p'}),
    parse: parseDocument,
    log: () => undefined,
    lease: async () => ({lost: lost.signal, sure: () => true, release: async () => undefined}),
    ...change,
  }
  const run = (request: Partial<OperateRequest> = {}) =>
    operate(ports, {
      cluster: {namespace: 'db', name: 'hippo'},
      clusterDomain: 'cluster.local',
      timeoutSeconds: 0,
      signal: new AbortController().signal,
      resume: 'pgk apply -f hippo.yaml',
      progress: () => undefined,
      begin: async () => undefined,
      ...request,
    })
  return {kube, ports, lost, run}
}

it('writes nothing to a cluster that is paused, and is done with it', async () => {
  const {kube, run} = world([clusterDocument('hippo', {paused: true})])
  const {decision} = await run()
  expect(decision.milestones).toMatchObject([{id: 'paused', state: 'done'}])
  expect(kube.written).toEqual([])
})

it('is not done with a document that was edited while it worked', async () => {
  const {ports} = world([])
  const paused = clusterDocument('hippo', {paused: true})
  const edited = [paused, paused, clusterDocument('hippo')]
  const get: OperatePorts['store']['get'] = async () => {
    const document = edited.length > 1 ? edited.shift() : edited[0]
    if (document === undefined) return undefined
    const owner = {apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u', controller: true}
    return {document, home: 'ConfigMap', owner}
  }
  const seen: string[] = []
  const store = {...ports.store, get}
  const {run} = world([], {store, log: line => void seen.push(line)})
  await expect(run()).rejects.toMatchObject({exitCode: 7})
  expect(seen).toContain('the document has changed; going on with the new one')
})

it('removes nothing of a cluster that another pgk made while this one waited to create it', async () => {
  const {kube, run} = world([clusterDocument('hippo')])
  const begin = async (): Promise<void> => {
    throw refusedError('CLUSTER_EXISTS', 'somebody else has made it')
  }
  await expect(run({fresh: true, begin})).rejects.toMatchObject({code: 'PGK_CLUSTER_EXISTS'})
  expect(kube.written).toEqual([])
})

it('leaves a cluster alone that a running PGO looks after: nothing is begun, and nothing deleted', async () => {
  const pgo = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'pgo',
      namespace: 'db',
      labels: {'postgres-operator.crunchydata.com/control-plane': 'postgres-operator'},
    },
    status: {readyReplicas: 1},
  }
  const {kube, ports, run} = world([clusterDocument('hippo'), ...instance('hippo', 1, 'master'), pgo])
  const begin = vi.fn(async () => undefined)
  await expect(run({begin})).rejects.toMatchObject({code: 'PGK_OPERATOR_ACTIVE', exitCode: 6})
  expect(begin).not.toHaveBeenCalled()
  const cluster = {namespace: 'db', name: 'hippo'}
  const {signal} = new AbortController()
  const removal = {cluster, purge: false, timeoutSeconds: 1, signal, progress: () => undefined}
  await expect(removeCluster(ports, removal)).rejects.toMatchObject({code: 'PGK_OPERATOR_ACTIVE'})
  expect(kube.written).toEqual([])
})

it('says who took over, and does not call that an interruption', async () => {
  const {lost, run} = world([clusterDocument('hippo')])
  lost.abort('jo@laptop:1 holds its lease now')
  await expect(run()).rejects.toMatchObject({
    code: 'PGK_LEASE_LOST',
    reason: 'jo@laptop:1 holds its lease now',
  })
})
