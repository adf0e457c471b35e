import {expect, test} from 'vitest'
import {authorizeByRoles} from '../../../../../src/lib/sandbox/apiserver/access/authorizer.ts'
import {defaultClusterRoles} from '../../../../../src/lib/sandbox/apiserver/access/bootstrap-roles.ts'
import {ruleAllows, rulesOf} from '../../../../../src/lib/sandbox/apiserver/access/rules.ts'
import {asks, binding, bob, readerOf, role} from './world.ts'

const read = {apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list']}
const user = {kind: 'User', name: 'bob'}

const world = readerOf({
  roles: [role('reader', [read], 'ns')],
  rolebindings: [
    binding('rb', {kind: 'Role', name: 'reader'}, [user], 'ns'),
    binding('lost', {kind: 'Role', name: 'gone'}, [user], 'other'),
  ],
  clusterroles: [role('nodes', [{apiGroups: [''], resources: ['nodes'], verbs: ['*']}])],
  clusterrolebindings: [
    binding('crb', {kind: 'ClusterRole', name: 'nodes'}, [{kind: 'Group', name: 'devs'}]),
  ],
})

test('a role binding allows in its namespace only, and says so', () => {
  expect(authorizeByRoles(world, bob, asks('list', 'pods', {namespace: 'ns'}))).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "rb/ns" of Role "reader" to User "bob"',
  })
  expect(authorizeByRoles(world, bob, asks('list', 'pods', {namespace: 'default'}))).toEqual({allowed: false})
  expect(authorizeByRoles(world, bob, asks('list', 'pods'))).toEqual({allowed: false})
})

test('a cluster role binding allows everywhere, also by group', () => {
  expect(authorizeByRoles(world, bob, asks('delete', 'nodes', {name: 'n'})).allowed).toBe(true)
})

test('a missing role is the reason', () => {
  expect(authorizeByRoles(world, bob, asks('get', 'pods', {namespace: 'other'})).reason).toBe(
    'RBAC: role.rbac.authorization.k8s.io "gone" not found',
  )
})

test('a service account is bound by its name and namespace', () => {
  const account = {kind: 'ServiceAccount', name: 'bot', namespace: 'ns'}
  const reader = readerOf({
    roles: [role('reader', [read], 'ns')],
    rolebindings: [binding('rb', {kind: 'Role', name: 'reader'}, [account], 'ns')],
  })
  const bot = (namespace: string) => ({name: `system:serviceaccount:${namespace}:bot`, groups: []})
  expect(authorizeByRoles(reader, bot('ns'), asks('get', 'pods', {namespace: 'ns'})).allowed).toBe(true)
  expect(authorizeByRoles(reader, bot('else'), asks('get', 'pods', {namespace: 'ns'})).allowed).toBe(false)
})

test('masters may do everything', () => {
  const master = {name: 'x', groups: ['system:masters']}
  expect(authorizeByRoles(readerOf({}), master, asks('delete', 'anything')).allowed).toBe(true)
})

test.each([
  ['pods', undefined, true],
  ['pods', 'log', true],
  ['pods', 'exec', false],
  ['secrets', undefined, false],
])('the resource %s with subresource %s is allowed: %s', (plural, subresource, allowed) => {
  const [rule] = rulesOf({rules: [read]})
  const where = subresource === undefined ? {} : {subresource}
  expect(rule && ruleAllows(rule, asks('get', plural, where))).toBe(allowed)
})

test('names narrow a rule, and a list has no name', () => {
  const [rule] = rulesOf({rules: [{...read, resourceNames: ['only']}]})
  expect(rule && ruleAllows(rule, asks('get', 'pods', {name: 'only'}))).toBe(true)
  expect(rule && ruleAllows(rule, asks('get', 'pods', {name: 'else'}))).toBe(false)
  expect(rule && ruleAllows(rule, asks('list', 'pods'))).toBe(false)
})

test('a wildcard may stand before a subresource', () => {
  const [rule] = rulesOf({rules: [{apiGroups: ['*'], resources: ['*/scale'], verbs: ['update']}]})
  expect(rule && ruleAllows(rule, asks('update', 'deployments', {group: 'apps', subresource: 'scale'}))).toBe(
    true,
  )
  expect(rule && ruleAllows(rule, asks('update', 'deployments', {group: 'apps'}))).toBe(false)
})

test('paths are allowed as a whole or below a star', () => {
  const rules = rulesOf({rules: defaultClusterRoles['system:discovery']})
  const allowed = (path: string) => rules.some(rule => ruleAllows(rule, {verb: 'get', path}))
  expect(['/api', '/apis/apps/v1', '/version', '/healthz'].map(allowed)).toEqual([true, true, true, true])
  expect(['/metrics', '/logs'].map(allowed)).toEqual([false, false])
})

test('who may view may not see secrets, who may edit may not grant', () => {
  const may = (name: string, verb: string, plural: string, group = '') =>
    rulesOf({rules: defaultClusterRoles[name]}).some(rule => ruleAllows(rule, asks(verb, plural, {group})))
  const rbac = 'rbac.authorization.k8s.io'
  expect([may('view', 'get', 'pods'), may('view', 'get', 'secrets'), may('view', 'create', 'pods')]).toEqual([
    true,
    false,
    false,
  ])
  expect([may('edit', 'get', 'secrets'), may('edit', 'create', 'roles', rbac)]).toEqual([true, false])
  expect([may('admin', 'create', 'roles', rbac), may('admin', 'create', 'nodes')]).toEqual([true, false])
})
