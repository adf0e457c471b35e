import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {podDisruptionBudgets} from '../../../../src/lib/sandbox/resources.ts'
import {kindTable, plainKind, send, testKinds, testOptions} from './fixture.ts'

let server: ApiServer
const budgets = plainKind(
  'poddisruptionbudgets',
  'PodDisruptionBudget',
  {type: 'object'},
  {
    group: 'policy',
    hasStatus: true,
  },
)

beforeAll(async () => {
  server = createApiServer(await testOptions({kinds: kindTable([...testKinds, budgets])}))
  await server.listen()
  await send(server.url, 'POST', '/api/v1/namespaces', {metadata: {name: 'default'}})
})
afterAll(() => server.close())

const pods = '/api/v1/namespaces/default/pods'
const post = (path: string, body: object) => send(server.url, 'POST', path, body)
const get = async (path: string) => (await send(server.url, 'GET', path)).json
const createPod = (name: string, labels: Record<string, string> = {}) =>
  post(pods, {metadata: {name, labels}, spec: {containers: []}})
const bind = (name: string, node: string) =>
  post(`${pods}/${name}/binding`, {target: {kind: 'Node', name: node}})

describe('binding', () => {
  it('puts a pod on a node once', async () => {
    await createPod('bound')
    expect((await bind('bound', 'n1')).status).toBe(201)
    expect(readPath(await get(`${pods}/bound`), 'spec.nodeName')).toBe('n1')
    const again = await bind('bound', 'n2')
    expect([again.status, readPath(again.json, 'message')]).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"',
    ])
  })
})

describe('eviction', () => {
  const evict = (name: string) => post(`${pods}/${name}/eviction`, {metadata: {name}})
  const runs = (name: string) => {
    const status = {phase: 'Running', conditions: [{type: 'Ready', status: 'True'}]}
    return send(
      server.url,
      'PATCH',
      `${pods}/${name}/status`,
      {status},
      {type: 'application/merge-patch+json'},
    )
  }

  it('deletes a pod that no budget protects', async () => {
    await createPod('free')
    expect((await evict('free')).status).toBe(201)
    expect((await send(server.url, 'GET', `${pods}/free`)).status).toBe(404)
  })

  it('spends the budget, and is refused with 429 once it is spent', async () => {
    const metadata = {name: 'budget', namespace: 'default'}
    server.registry.create(podDisruptionBudgets, {
      metadata,
      spec: {selector: {matchLabels: {app: 'x'}}},
      status: {disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2},
    })
    for (const name of ['one', 'two']) {
      await createPod(name, {app: 'x'})
      await bind(name, 'n1')
      await runs(name)
    }
    expect((await evict('one')).status).toBe(201)
    const refused = await evict('two')
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toBeDefined()
    const budget = server.registry.get(podDisruptionBudgets, 'default', 'budget')
    expect(budget?.status).toMatchObject({disruptionsAllowed: 0, disruptedPods: {one: expect.any(String)}})
  })
})
