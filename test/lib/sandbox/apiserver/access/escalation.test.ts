import {expect, test} from 'vitest'
import {checkEscalation} from '../../../../../src/lib/sandbox/apiserver/access/escalation.ts'
import type {StrategyContext} from '../../../../../src/lib/sandbox/apiserver/kind.ts'
import type {KubeObject} from '../../../../../src/lib/sandbox/registry.ts'
import {clusterRoleBindings, roleBindings, roles} from '../../../../../src/lib/sandbox/resources.ts'
import {binding, bob, readerOf, role} from './world.ts'

const own = {apiGroups: [''], resources: ['pods'], verbs: ['get', 'list']}
const more = {apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list']}

function contextFor(
  rules: Record<string, unknown>[],
  others: Record<string, KubeObject[]> = {},
): StrategyContext {
  const reader = readerOf({
    clusterrolebindings: [binding('b', {kind: 'ClusterRole', name: 'own'}, [{kind: 'User', name: 'bob'}])],
    ...others,
    clusterroles: [role('own', rules), ...(others['clusterroles'] ?? [])],
  })
  return {user: bob, now: new Date(0), ...reader}
}

const newRole = (rules: unknown[]) => ({metadata: {name: 'r', namespace: 'ns'}, rules})

test('a role within what its author may do is fine', () => {
  const narrower = {...own, verbs: ['get'], resourceNames: ['a']}
  expect(() => checkEscalation(roles, newRole([own, narrower]), contextFor([own]))).not.toThrow()
})

test('a role beyond that is refused with what is missing', () => {
  expect(() => checkEscalation(roles, newRole([own, more]), contextFor([own]))).toThrow(
    'roles.rbac.authorization.k8s.io "r" is forbidden: user "bob" (groups=["devs" "system:authenticated"]) is ' +
      'attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
  )
})

test('a right on named objects does not cover all objects', () => {
  const named = {...own, resourceNames: ['a']}
  expect(() => checkEscalation(roles, newRole([own]), contextFor([named]))).toThrow('is attempting to grant')
})

test('who may escalate may write any role', () => {
  const rights = {apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate']}
  expect(() => checkEscalation(roles, newRole([more]), contextFor([rights]))).not.toThrow()
})

const toAdmin = {
  metadata: {name: 'x', namespace: 'ns'},
  roleRef: {kind: 'ClusterRole', name: 'admin'},
  subjects: [{kind: 'User', name: 'bob'}],
}
const admin = {clusterroles: [role('admin', [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}])]}

test('a binding gives away no more than its author has', () => {
  expect(() => checkEscalation(roleBindings, toAdmin, contextFor([own], admin))).toThrow(
    'rolebindings.rbac.authorization.k8s.io "x" is forbidden: user "bob"',
  )
})

test('who may bind a role may bind it to anybody', () => {
  const bind = {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    resourceNames: ['admin'],
    verbs: ['bind'],
  }
  expect(() => checkEscalation(clusterRoleBindings, toAdmin, contextFor([bind], admin))).not.toThrow()
})

test('a master may give away everything', () => {
  const context = {...contextFor([]), user: {name: 'root', groups: ['system:masters']}}
  expect(() => checkEscalation(roles, newRole([more]), context)).not.toThrow()
})
