import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {isObject, readPath, textOf} from '../../src/lib/sandbox/apiserver/json.ts'
import {call, watch} from './client.ts'
import type {Cluster} from './cluster.ts'
import {ADMIN_TOKEN, startCluster} from './cluster.ts'
import type {PatroniRequest} from './recording.ts'
import {readPatroniRequests} from './recording.ts'

const namespace = 'db2'
const core = `/api/v1/namespaces/${namespace}`
const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
const account = {kind: 'ServiceAccount', name: 'patroni', namespace}
/** What Patroni may do: everything it asked for but Services. */
const rules = [
  {apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'patch', 'watch']},
  {apiGroups: [''], resources: ['endpoints'], verbs: ['create', 'get', 'list', 'patch', 'watch']},
]

let cluster: Cluster
let token = ''

const asAdmin = async (path: string, body: object): Promise<unknown> => {
  const answer = await call(cluster.server.url, 'POST', path, {token: ADMIN_TOKEN, body})
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

beforeAll(async () => {
  cluster = await startCluster('')
  await asAdmin('/api/v1/namespaces', {metadata: {name: namespace}})
  await asAdmin(`${core}/serviceaccounts`, {metadata: {name: 'patroni'}})
  await asAdmin(`${rbac}/roles`, {metadata: {name: 'patroni'}, rules})
  const roleRef = {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patroni'}
  await asAdmin(`${rbac}/rolebindings`, {metadata: {name: 'patroni'}, roleRef, subjects: [account]})
  for (const name of ['rhino-00-aaaa-0', 'rhino-00-bbbb-0']) {
    const spec = {serviceAccountName: 'patroni', containers: [{name: 'database', image: 'postgres'}]}
    await asAdmin(`${core}/pods`, {metadata: {name}, spec})
  }
  const body = {spec: {expirationSeconds: 3600}}
  token = textOf(readPath(await asAdmin(`${core}/serviceaccounts/patroni/token`, body), 'status.token')) ?? ''
})
afterAll(() => cluster.stop())

/** The recorded body with the object's present version in place of the recorded one. */
function present({m, b}: PatroniRequest, versions: Map<string, string>): string | undefined {
  if (b === '') return undefined
  const body: unknown = JSON.parse(b)
  if (m !== 'PATCH' || !isObject(body)) return b
  const {metadata} = body
  if (!isObject(metadata) || metadata['resourceVersion'] === undefined) return b
  return JSON.stringify({
    ...body,
    metadata: {...metadata, resourceVersion: versions.get(String(metadata['name']))},
  })
}

const describeRequest = ({m, p, s}: PatroniRequest): string => `${m} ${p.split('?')[0]} ${s}`

/** Header names were logged as they came. */
const headerOf = (request: PatroniRequest, name: string): string | undefined =>
  Object.entries(request.h).find(([key]) => key.toLowerCase() === name)?.[1]

describe('Patroni', () => {
  it('gets the recorded status for every request of a bootstrap, a steady state and a switchover', async () => {
    const requests = readPatroniRequests()
    const versions = new Map<string, string>()
    const found: string[] = []
    for (const request of requests) {
      const {url} = cluster.server
      const headers = {'user-agent': 'Patroni/4.0.7 Python/3.13.5 Linux', 'accept-encoding': 'identity'}
      if (request.p.includes('watch=True')) {
        const path = request.p.replace(
          /resourceVersion=\d+/,
          `resourceVersion=${cluster.server.backend.store.version}`,
        )
        const open = await watch(url, path, {token, headers})
        open.close()
        found.push(describeRequest({...request, s: open.status}))
        continue
      }
      const type = headerOf(request, 'content-type')
      const body = present(request, versions)
      const answer = await call(url, request.m, request.p, {
        token,
        headers,
        type,
        ...(body === undefined ? {} : {body}),
      })
      found.push(describeRequest({...request, s: answer.status}))
      const name = textOf(readPath(answer.body, 'metadata.name'))
      const version = textOf(readPath(answer.body, 'metadata.resourceVersion'))
      if (name !== undefined && version !== undefined) versions.set(name, version)
    }
    expect(found).toEqual(requests.map(describeRequest))
  })

  it('gets a conflict, and with it loses the lock, for a version that is not the newest', async () => {
    const path = `${core}/endpoints/rhino-ha`
    const type = 'application/strategic-merge-patch+json'
    const body = {metadata: {annotations: {leader: 'someone-else'}, resourceVersion: '1'}}
    expect((await call(cluster.server.url, 'PATCH', path, {token, type, body})).status).toBe(409)
  })

  it('loses an annotation to null and its subsets to an empty list', async () => {
    const path = `${core}/endpoints/rhino-ha`
    const type = 'application/strategic-merge-patch+json'
    const body = {metadata: {annotations: {leader: null, optime: '1'}}, subsets: []}
    const answer = await call(cluster.server.url, 'PATCH', path, {token, type, body})
    expect(answer.status).toBe(200)
    expect(readPath(answer.body, 'metadata.annotations')).not.toHaveProperty('leader')
    expect(answer.body).not.toHaveProperty('subsets')
  })
})
