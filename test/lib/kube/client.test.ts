import {afterEach, expect, test} from 'vitest'
import {createKube} from '../../../src/lib/kube/client.ts'
import type {Kube} from '../../../src/lib/ports.ts'
import {type Answer, failure, json, type ScriptedApi, scriptedApi} from '../../fakes/api-server.ts'
import {type FakeClock, fakeClock} from '../../fakes/clock.ts'

let api: ScriptedApi | undefined
afterEach(async () => api?.close())

async function kubeAnswering(
  answer: Answer,
): Promise<{kube: Kube; api: ScriptedApi; clock: FakeClock; warned: string[]}> {
  const started = await scriptedApi(answer)
  api = started
  const clock = fakeClock()
  const warned: string[] = []
  return {
    api: started,
    clock,
    warned,
    kube: createKube(started.connection, {clock, warn: text => warned.push(text)}),
  }
}

const pod = {apiVersion: 'v1', kind: 'Pod', name: 'hippo-pg-1-0', namespace: 'db'}

test('apply sends the object byte for byte, fields that no client knows included', async () => {
  const {kube, api} = await kubeAnswering((seen, response) => json(response, 200, JSON.parse(seen.body)))
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {name: 'p', namespace: 'db'},
    spec: {ingress: [{from: [{podSelector: {}}]}], futureField: {deep: [1, null, 'x']}},
  }
  expect(await kube.apply(policy, {force: true, dryRun: true})).toEqual(policy)
  const [seen] = api.seen
  expect(seen?.path).toBe('/apis/networking.k8s.io/v1/namespaces/db/networkpolicies/p')
  expect(seen?.method).toBe('PATCH')
  expect(seen?.headers['content-type']).toBe('application/apply-patch+yaml')
  expect(Object.fromEntries(seen?.query ?? [])).toEqual({fieldManager: 'pgk', force: 'true', dryRun: 'All'})
})

test('an object that is not there is undefined, a kind that is not served is an error', async () => {
  const {kube} = await kubeAnswering((seen, response) => {
    if (seen.path.startsWith('/api/v1/')) {
      json(response, 404, failure(404, 'NotFound', 'pods "x" not found', {name: 'x', kind: 'pods'}))
    } else response.writeHead(404).end('404 page not found\n')
  })
  expect(await kube.get(pod)).toBeUndefined()
  expect(await kube.delete(pod)).toBe(false)
  const cluster = {apiVersion: 'postgres-operator.crunchydata.com/v1beta1', kind: 'PostgresCluster'}
  await expect(kube.list(cluster, {namespace: 'db'})).rejects.toMatchObject({
    code: 'PGK_KIND_NOT_SERVED',
    exitCode: 5,
  })
  expect(await kube.serves(cluster)).toBe(false)
})

test('a list is read to its last page and every item knows its kind', async () => {
  const {kube, api} = await kubeAnswering((seen, response) =>
    json(
      response,
      200,
      seen.query.get('continue') === 'more'
        ? {metadata: {resourceVersion: '7'}, items: [{metadata: {name: 'b'}}]}
        : {metadata: {resourceVersion: '7', continue: 'more'}, items: [{metadata: {name: 'a'}}]},
    ),
  )
  const pods = await kube.list({apiVersion: 'v1', kind: 'Pod'}, {namespace: 'db', labelSelector: 'a=b'})
  expect(pods.map(one => `${one.apiVersion} ${one.kind} ${one.metadata.name}`)).toEqual([
    'v1 Pod a',
    'v1 Pod b',
  ])
  expect(api.seen.map(seen => seen.query.get('labelSelector'))).toEqual(['a=b', 'a=b'])
})

test('a busy API is asked again after as long as it says', async () => {
  let calls = 0
  const {kube, clock} = await kubeAnswering((_, response) => {
    calls += 1
    if (calls === 1) json(response, 429, failure(429, 'TooManyRequests', 'slow down'), {'Retry-After': '3'})
    else if (calls === 2) json(response, 503, failure(503, 'ServiceUnavailable', 'starting'))
    else json(response, 200, {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'x'}})
  })
  expect((await kube.get(pod))?.metadata.name).toBe('x')
  expect(clock.slept).toEqual([3000, 500])
})

test('a failed create is not sent a second time, since the first may have had its effect', async () => {
  const {kube, api} = await kubeAnswering((_, response) =>
    json(response, 504, failure(504, 'Timeout', 'gateway')),
  )
  const job = {apiVersion: 'batch/v1', kind: 'Job', metadata: {generateName: 'backup-', namespace: 'db'}}
  await expect(kube.create(job)).rejects.toMatchObject({code: 'PGK_API_ERROR'})
  expect(api.seen).toHaveLength(1)
})

test('warnings of the API are handed on, but for the one about Endpoints', async () => {
  const {kube, warned} = await kubeAnswering((_, response) =>
    json(
      response,
      200,
      {apiVersion: 'v1', kind: 'Pod', metadata: {}},
      {
        Warning: '299 - "v1 Endpoints is deprecated in v1.33+; use EndpointSlice", 299 - "say \\"no\\" to x"',
      },
    ),
  )
  await kube.get(pod)
  expect(warned).toEqual(['say "no" to x'])
})

test('a question about rights is answered by the API', async () => {
  const {kube, api} = await kubeAnswering((seen, response) =>
    json(response, 201, {...JSON.parse(seen.body), status: {allowed: seen.body.includes('"list"')}}),
  )
  expect(await kube.canI({verb: 'list', group: 'apps', resource: 'statefulsets', namespace: 'db'})).toBe(true)
  expect(await kube.canI({verb: 'delete', group: 'apps', resource: 'statefulsets'})).toBe(false)
  expect(api.seen[0]?.path).toBe('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')
})

test('an API that accepts the connection and never answers ends in a timeout of its own exit code', async () => {
  const {api} = await kubeAnswering(() => undefined)
  const kube = createKube({...api.connection, requestTimeoutSeconds: 0.05}, {clock: fakeClock()})
  await expect(kube.get(pod)).rejects.toMatchObject({code: 'PGK_API_TIMEOUT', exitCode: 7})
})
