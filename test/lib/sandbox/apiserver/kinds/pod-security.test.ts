import {expect, test} from 'vitest'
import type {World} from './fixture.ts'
import {contextOf, create, type Json, kindOf, table, usual} from './fixture.ts'

const pods = kindOf(table(), 'pods')

const enforcing = (level: string): World => ({
  ...usual,
  namespaces: [{metadata: {name: 'ns', labels: {'pod-security.kubernetes.io/enforce': level}}}],
})

const safe = {
  allowPrivilegeEscalation: false,
  capabilities: {drop: ['ALL']},
  runAsNonRoot: true,
  seccompProfile: {type: 'RuntimeDefault'},
}

const pod = (securityContext: Json, spec: Json = {}): Json => ({
  metadata: {name: 'p'},
  spec: {containers: [{name: 'c', image: 'i:1', securityContext}], ...spec},
})

test('a plain pod names everything that restricted asks for', () => {
  expect(() => create(pods, pod({}), contextOf(enforcing('restricted')))).toThrow(
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false ' +
      '(container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities ' +
      '(container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or ' +
      'container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must ' +
      'set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  )
})

test('a careful pod passes restricted', () => {
  expect(() => create(pods, pod(safe), contextOf(enforcing('restricted')))).not.toThrow()
})

test.each<[string, Json, Json]>([
  ['privileged', {privileged: true}, {}],
  ['host namespaces', {}, {hostPID: true}],
  ['hostPath volumes', {}, {volumes: [{name: 'v', hostPath: {path: '/'}}]}],
  ['non-default capabilities', {capabilities: {add: ['SYS_ADMIN']}}, {}],
])('baseline refuses %s', (reason, securityContext, spec) => {
  expect(() => create(pods, pod(securityContext, spec), contextOf(enforcing('baseline')))).toThrow(
    `violates PodSecurity "baseline:latest": ${reason}`,
  )
})

test('baseline lets a plain pod pass, and no label lets everything pass', () => {
  expect(() => create(pods, pod({}), contextOf(enforcing('baseline')))).not.toThrow()
  expect(() => create(pods, pod({privileged: true}), contextOf(usual))).not.toThrow()
})
