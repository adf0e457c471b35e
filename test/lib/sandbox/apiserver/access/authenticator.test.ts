import {expect, test} from 'vitest'
import {userOfCertificate} from '../../../../../src/lib/sandbox/apiserver/access/authenticator.ts'
import {impersonated} from '../../../../../src/lib/sandbox/apiserver/access/impersonation.ts'
import type {Attributes} from '../../../../../src/lib/sandbox/apiserver/http/hooks.ts'
import {bob} from './world.ts'

const allow = () => ({allowed: true})
const deny = () => ({allowed: false})

test('a certificate names the user and the groups', () => {
  expect(userOfCertificate({CN: 'admin', O: 'system:masters'})).toEqual({
    name: 'admin',
    groups: ['system:masters', 'system:authenticated'],
  })
  expect(userOfCertificate({CN: 'x', O: ['a', 'b']})?.groups).toEqual(['a', 'b', 'system:authenticated'])
  expect(userOfCertificate({O: 'a'})).toBeUndefined()
})

test('without the headers nobody is impersonated', () => {
  expect(impersonated({}, bob, deny)).toBe(bob)
})

test('impersonation asks for each part', () => {
  const asked: Attributes[] = []
  const user = impersonated(
    {'impersonate-user': ['eve'], 'impersonate-group': ['devs'], 'impersonate-extra-scopes': ['all']},
    bob,
    (_, attributes) => {
      asked.push(attributes)
      return {allowed: true}
    },
  )
  expect(user).toEqual({name: 'eve', groups: ['devs', 'system:authenticated'], extra: {scopes: ['all']}})
  expect(
    asked.map(({verb, resource}) => [verb, resource?.plural, resource?.subresource, resource?.name]),
  ).toEqual([
    ['impersonate', 'users', undefined, 'eve'],
    ['impersonate', 'groups', undefined, 'devs'],
    ['impersonate', 'userextras', 'scopes', 'all'],
  ])
})

test('a service account is impersonated with its groups', () => {
  expect(impersonated({'impersonate-user': ['system:serviceaccount:ns:bot']}, bob, allow).groups).toEqual([
    'system:serviceaccounts',
    'system:serviceaccounts:ns',
    'system:authenticated',
  ])
})

test('who may not impersonate is told so', () => {
  expect(() => impersonated({'impersonate-user': ['eve']}, bob, deny)).toThrow(
    'users "eve" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
  )
})
