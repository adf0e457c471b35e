import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {clusterRoleBindings, clusterRoles, namespaces} from '../../../../../src/lib/sandbox/resources.ts'
import {type Credentials, type Guarded, startGuarded} from './fixture.ts'

let api: Guarded
let ann: Credentials
const group = 'rbac.authorization.k8s.io'
const rbac = `/apis/${group}/v1/namespaces/ns`
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const reviews = '/apis/authorization.k8s.io/v1'

const rulesOfAnn = [
  {apiGroups: [group], resources: ['roles', 'rolebindings'], verbs: ['create', 'update']},
  {apiGroups: [''], resources: ['configmaps'], verbs: ['get']},
  {apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['bob']},
  {apiGroups: [''], resources: ['groups'], verbs: ['impersonate'], resourceNames: ['a,b']},
]

beforeAll(async () => {
  api = await startGuarded()
  ann = await api.userNamed('ann')
  api.registry.create(namespaces, {metadata: {name: 'ns'}})
  api.registry.create(clusterRoles, {metadata: {name: 'of-ann'}, rules: rulesOfAnn})
  api.registry.create(clusterRoleBindings, {
    metadata: {name: 'ann'},
    roleRef: {apiGroup: group, kind: 'ClusterRole', name: 'of-ann'},
    subjects: [{kind: 'User', name: 'ann'}],
  })
})
afterAll(() => api.stop())

describe('nobody gives away what they do not have', () => {
  const role = (name: string, verbs: string[]) => ({
    metadata: {name},
    rules: [{apiGroups: [''], resources: ['configmaps'], verbs}],
  })
  const binding = (name: string, roleName: string) => ({
    metadata: {name},
    roleRef: {apiGroup: group, kind: 'ClusterRole', name: roleName},
    subjects: [{kind: 'User', name: 'bob', apiGroup: group}],
  })

  it('by a role, new or changed', async () => {
    expect(await api.ask(ann, 'POST', `${rbac}/roles`, role('reader', ['get']))).toMatchObject({status: 201})
    const message =
      'roles.rbac.authorization.k8s.io "writer" is forbidden: user "ann" (groups=["system:authenticated"]) ' +
      'is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}'
    expect(await api.ask(ann, 'POST', `${rbac}/roles`, role('writer', ['get', 'delete']))).toMatchObject({
      status: 403,
      body: {reason: 'Forbidden', message},
    })
    const more = await api.ask(ann, 'PUT', `${rbac}/roles/reader`, role('reader', ['get', 'delete']))
    expect(more.status).toBe(403)
  })

  it('by a binding to a role that is more than theirs', async () => {
    expect(await api.ask(ann, 'POST', `${rbac}/rolebindings`, binding('b1', 'admin'))).toMatchObject({
      status: 403,
      body: {message: expect.stringContaining('is attempting to grant RBAC permissions not currently held')},
    })
    expect(await api.ask(ann, 'POST', `${rbac}/rolebindings`, binding('b2', 'of-ann'))).toMatchObject({
      status: 201,
    })
    expect(await api.ask(ann, 'POST', `${rbac}/rolebindings`, binding('b3', 'absent'))).toMatchObject({
      status: 404,
    })
  })
})

describe('somebody acts as somebody else', () => {
  const as = (headers: Record<string, string | string[]>) => ({...ann, headers})

  it('only as those that they may impersonate', async () => {
    expect(await api.ask(as({'impersonate-user': 'bob'}), 'POST', whoami, {})).toMatchObject({
      status: 201,
      body: {status: {userInfo: {username: 'bob', groups: ['system:authenticated']}}},
    })
    expect(await api.ask(as({'impersonate-user': 'eve'}), 'POST', whoami, {})).toMatchObject({
      status: 403,
      body: {
        message:
          'users "eve" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope',
      },
    })
    const master = as({'impersonate-user': 'bob', 'impersonate-group': 'system:masters'})
    expect((await api.ask(master, 'POST', whoami, {})).status).toBe(403)
  })

  it('with groups whose names hold commas, and never with groups alone', async () => {
    const both = as({'impersonate-user': 'bob', 'impersonate-group': ['a,b']})
    expect(await api.ask(both, 'POST', whoami, {})).toMatchObject({
      body: {status: {userInfo: {groups: ['a,b', 'system:authenticated']}}},
    })
    expect((await api.ask(as({'impersonate-group': ['a,b']}), 'POST', whoami, {})).status).toBe(500)
  })
})

describe('a review', () => {
  const about = {namespace: 'ns', verb: 'get', resource: 'configmaps'}

  it('about others needs the right to ask', async () => {
    const body = {spec: {user: 'ann', resourceAttributes: about}}
    expect((await api.ask(ann, 'POST', `${reviews}/subjectaccessreviews`, body)).status).toBe(403)
    expect(await api.ask(api.admin, 'POST', `${reviews}/subjectaccessreviews`, body)).toMatchObject({
      status: 201,
      body: {status: {allowed: true}},
    })
  })

  it('of a namespace stays in it, and one about nothing is invalid', async () => {
    const local = `${reviews}/namespaces/other/localsubjectaccessreviews`
    const body = {spec: {user: 'ann', resourceAttributes: about}}
    expect(await api.ask(api.admin, 'POST', local, body)).toMatchObject({
      status: 400,
      body: {message: 'spec.resourceAttributes.namespace must match namespace: other'},
    })
    expect(await api.ask(api.admin, 'POST', `${reviews}/subjectaccessreviews`, {spec: {}})).toMatchObject({
      status: 422,
      body: {
        details: {causes: [{field: 'spec.resourceAttributes'}, {field: 'spec.user'}]},
      },
    })
  })

  it('lists the rules of the one who asks', async () => {
    const body = {spec: {namespace: 'ns'}}
    const reply = await api.ask(ann, 'POST', `${reviews}/selfsubjectrulesreviews`, body)
    expect(reply).toMatchObject({status: 201, body: {status: {incomplete: false}}})
    const {resourceRules, nonResourceRules} = JSON.parse(JSON.stringify(reply.body)).status
    expect(resourceRules).toEqual(expect.arrayContaining(rulesOfAnn.slice(0, 2)))
    expect(JSON.stringify(nonResourceRules)).toContain('/healthz')
  })
})
