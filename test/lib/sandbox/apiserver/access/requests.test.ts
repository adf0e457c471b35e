import {afterAll, beforeAll, expect, it} from 'vitest'
import {createAuthority, issueLeaf} from '../../../../../src/lib/sandbox/host/certificates.ts'
import {configMaps, namespaces, serviceAccounts} from '../../../../../src/lib/sandbox/resources.ts'
import {type Credentials, type Guarded, startGuarded} from './fixture.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/ns'
const configs = '/api/v1/namespaces/ns/configmaps'
const account = 'system:serviceaccount:ns:bot'

let api: Guarded
let bot: Credentials

beforeAll(async () => {
  api = await startGuarded()
  api.registry.create(namespaces, {metadata: {name: 'ns'}})
  api.registry.create(serviceAccounts, {metadata: {name: 'bot', namespace: 'ns'}})
  api.registry.create(configMaps, {metadata: {name: 'only', namespace: 'ns'}})
  const path = '/api/v1/namespaces/ns/serviceaccounts/bot/token'
  const reply = await api.ask(api.admin, 'POST', path, {spec: {expirationSeconds: 3600}})
  expect(reply).toMatchObject({
    status: 201,
    body: {
      kind: 'TokenRequest',
      spec: {audiences: ['https://kubernetes.default.svc.cluster.local'], expirationSeconds: 3600},
      status: {token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/)},
    },
  })
  bot = {token: JSON.parse(JSON.stringify(reply.body)).status.token}
})
afterAll(() => api.stop())

const refused = (message: string, details: object) => ({
  status: 403,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Forbidden',
    details,
    code: 403,
  },
})

it('a ServiceAccount without roles is refused in the recorded words', async () => {
  expect(await api.ask(bot, 'GET', configs)).toEqual(
    refused(
      `configmaps is forbidden: User "${account}" cannot list resource "configmaps" in API group "" in the namespace "ns"`,
      {kind: 'configmaps'},
    ),
  )
  const body = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'x'}, data: {a: '1'}}
  expect(await api.ask(bot, 'POST', configs, body)).toEqual(
    refused(
      `configmaps is forbidden: User "${account}" cannot create resource "configmaps" in API group "" in the namespace "ns"`,
      {kind: 'configmaps'},
    ),
  )
  expect(await api.ask(bot, 'GET', '/api/v1/nodes')).toEqual(
    refused(
      `nodes is forbidden: User "${account}" cannot list resource "nodes" in API group "" at the cluster scope`,
      {kind: 'nodes'},
    ),
  )
})

it('a bound role gives its verbs at once, names included, and nothing more', async () => {
  const rules = [
    {apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list']},
    {apiGroups: [''], resources: ['configmaps'], resourceNames: ['only'], verbs: ['update', 'patch']},
  ]
  expect(await api.ask(api.admin, 'POST', `${rbac}/roles`, {metadata: {name: 'r'}, rules})).toMatchObject({
    status: 201,
  })
  const binding = {
    metadata: {name: 'rb'},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r'},
    subjects: [{kind: 'ServiceAccount', name: 'bot', namespace: 'ns'}],
  }
  expect(await api.ask(api.admin, 'POST', `${rbac}/rolebindings`, binding)).toMatchObject({status: 201})
  expect(await api.ask(bot, 'GET', `${configs}/only`)).toMatchObject({status: 200})
  const merge = 'application/merge-patch+json'
  expect(await api.ask(bot, 'PATCH', `${configs}/only`, {data: {a: '1'}}, merge)).toMatchObject({status: 200})
  expect(await api.ask(bot, 'PATCH', `${configs}/other`, {}, merge)).toMatchObject({status: 403})
  expect(await api.ask(bot, 'DELETE', `${configs}/only`)).toEqual(
    refused(
      `configmaps "only" is forbidden: User "${account}" cannot delete resource "configmaps" in API group "" in the namespace "ns"`,
      {name: 'only', kind: 'configmaps'},
    ),
  )
})

it('a review answers for the one who asks', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const ask = (who: Credentials, verb: string) =>
    api.ask(who, 'POST', path, {
      spec: {resourceAttributes: {namespace: 'ns', verb, resource: 'configmaps'}},
    })
  const origin = 'RBAC: allowed by RoleBinding "rb/ns" of Role "r" to ServiceAccount "bot/ns"'
  expect(await ask(bot, 'list')).toMatchObject({
    status: 201,
    body: {kind: 'SelfSubjectAccessReview', status: {allowed: true, reason: origin}},
  })
  const no = await ask(bot, 'delete')
  expect(no).toMatchObject({status: 201, body: {status: {allowed: false}}})
  expect(JSON.stringify(no)).not.toContain('reason')
  expect(await ask(api.admin, 'delete')).toMatchObject({body: {status: {allowed: true}}})
  expect(await api.ask(bot, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {})).toMatchObject({
    status: 201,
    body: {status: {userInfo: {username: account}}},
  })
})

it('a credential that is not good is 401, no credential is anonymous', async () => {
  const unauthorized = {
    status: 401,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    },
  }
  expect(await api.ask({token: 'bad'}, 'GET', configs)).toEqual(unauthorized)
  const [head = '', payload = '', signature = ''] = (bot.token ?? '').split('.')
  const forged = Buffer.from(payload, 'base64url').toString().replaceAll('bot', 'root')
  const token = `${head}.${Buffer.from(forged).toString('base64url')}.${signature}`
  expect(await api.ask({token}, 'GET', configs)).toEqual(unauthorized)
  expect(await api.ask({}, 'GET', '/readyz')).toMatchObject({status: 200})
  expect(await api.ask({}, 'GET', '/version')).toMatchObject({status: 200})
  expect(await api.ask({}, 'GET', '/apis')).toMatchObject({
    status: 403,
    body: {message: 'forbidden: User "system:anonymous" cannot get path "/apis"'},
  })
  expect(await api.ask({}, 'GET', configs)).toMatchObject({
    status: 403,
    body: {message: expect.stringContaining('User "system:anonymous" cannot list')},
  })
})

it('only certificates of the own authority name anybody', async () => {
  const stranger = await createAuthority('test-ca')
  const forged = await issueLeaf(stranger, {
    commonName: 'kubernetes-admin',
    organization: 'system:masters',
    usage: 'client',
  })
  const reply = await api.ask({certificate: forged}, 'GET', '/api/v1/nodes')
  expect(reply).toMatchObject({
    status: 403,
    body: {message: expect.stringContaining('User "system:anonymous"')},
  })
  expect(await api.ask(await api.userNamed('ann'), 'GET', '/api/v1/nodes')).toMatchObject({
    status: 403,
    body: {message: expect.stringContaining('User "ann" cannot list')},
  })
})
