import http from 'node:http'
import {expect, test} from 'vitest'
import type {Connection} from '../../../src/lib/kube/connect.ts'
import {networkError, statusError} from '../../../src/lib/kube/failure.ts'

const connection: Connection = {
  server: new URL('https://kube.example:6443'),
  context: 'prod',
  namespace: 'db',
  impersonate: undefined,
  requestTimeoutSeconds: 5,
  credentials: {get: async () => ({agent: new http.Agent(), headers: {}, tls: {}}), refresh: () => false},
}
const asked = {verb: 'apply', object: 'StatefulSet db/hippo-pg-1'}

const refusal = (code: number, reason: string, message: string, details = {}) =>
  statusError(connection, asked, code, JSON.stringify({kind: 'Status', reason, message, details}))

test('a missing right names verb, resource and namespace, and the Role that would grant it', () => {
  const error = refusal(
    403,
    'Forbidden',
    'statefulsets.apps "x" is forbidden: User "jo" cannot patch resource "statefulsets" in API group "apps" in the namespace "db"',
  )
  expect(error.exitCode).toBe(4)
  expect(error.message).toBe('you may not patch statefulsets.apps in namespace db')
  expect(error.hints.join('\n')).toContain(
    '{apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["patch"]}',
  )
  expect(error.hints.join('\n')).toContain('kind: Role\nmetadata: {name: pgk, namespace: db}')
})

test('a right missing at cluster scope asks for a ClusterRole', () => {
  const error = refusal(
    403,
    'Forbidden',
    'User "jo" cannot list resource "nodes" in API group "" at the cluster scope',
  )
  expect(error.message).toBe('you may not list nodes in the whole cluster')
  expect(error.hints.join('\n')).toContain('kind: ClusterRole\n')
})

test('a conflict names the other manager and the fields it owns', () => {
  const error = refusal(409, 'Conflict', 'Apply failed with 1 conflict', {
    causes: [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "helm" using apps/v1',
        field: '.spec.replicas',
      },
    ],
  })
  expect(error).toMatchObject({code: 'PGK_FIELD_CONFLICT', exitCode: 6})
  expect(error.message).toContain('"helm"')
  expect(error.reason).toBe('.spec.replicas belongs to "helm"')
})

test.each([
  [401, 'Unauthorized', 'Unauthorized', {}, 'PGK_NOT_AUTHENTICATED', 4],
  [
    403,
    'Forbidden',
    'pods "x" is forbidden: exceeded quota: q, requested: pods=1',
    {},
    'PGK_QUOTA_EXCEEDED',
    6,
  ],
  [
    403,
    'Forbidden',
    'pods "x" is forbidden: violates PodSecurity "restricted:latest"',
    {},
    'PGK_POLICY_DENIED',
    6,
  ],
  [
    404,
    'NotFound',
    'namespaces "db" not found',
    {kind: 'namespaces', name: 'db'},
    'PGK_NAMESPACE_NOT_FOUND',
    5,
  ],
  [404, '', 'the server could not find the requested resource', {}, 'PGK_KIND_NOT_SERVED', 5],
  [409, 'AlreadyExists', 'x already exists', {}, 'PGK_ALREADY_EXISTS', 6],
  [409, 'Conflict', 'the object has been modified', {}, 'PGK_CONFLICT', 6],
  [500, 'InternalError', 'etcd', {}, 'PGK_API_ERROR', 1],
])('a refusal %i %s "%s" becomes %s', (code, reason, message, details, expected, exitCode) => {
  expect(refusal(code, reason, message, details)).toMatchObject({code: expected, exitCode})
})

test('a refused object tells which fields are wrong and why', () => {
  const error = refusal(422, 'Invalid', 'long', {
    causes: [
      {reason: 'FieldValueInvalid', message: 'Invalid value: 9', field: 'spec.size'},
      {reason: 'FieldValueInvalid', message: 'some validation rules were not checked', field: '<nil>'},
    ],
  })
  expect(error).toMatchObject({
    code: 'PGK_OBJECT_INVALID',
    exitCode: 2,
    reason: 'spec.size: Invalid value: 9',
  })
})

test.each([
  ['ECONNREFUSED', 'PGK_API_UNREACHABLE', 1],
  ['ENOTFOUND', 'PGK_API_UNREACHABLE', 1],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'PGK_API_UNTRUSTED', 1],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'PGK_NOT_AUTHENTICATED', 4],
])('a network failure %s becomes %s and names the server', (code, expected, exitCode) => {
  const error = networkError(connection, Object.assign(new Error('no'), {code}))
  expect(error).toMatchObject({code: expected, exitCode})
  expect(error.object).toContain('https://kube.example:6443')
})

test('an answer that is not a Status, such as a proxy’s page, is shown in short', () => {
  const error = statusError(connection, asked, 502, '<html>Bad Gateway</html>')
  expect(error.reason).toContain('Bad Gateway')
})
