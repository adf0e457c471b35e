import {decodeJwt} from 'jose'
import {beforeEach, expect, test} from 'vitest'
import {
  issueAccountToken,
  userOfToken,
} from '../../../../../src/lib/sandbox/apiserver/access/service-account.ts'
import {
  createTokenAuthority,
  generateTokenKey,
} from '../../../../../src/lib/sandbox/apiserver/access/tokens.ts'
import type {KubeObject} from '../../../../../src/lib/sandbox/registry.ts'
import {readerOf} from './world.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const start = Date.parse('2026-01-02T03:04:05Z')
const privateKey = generateTokenKey()

let time: number
let world: Record<string, KubeObject[]>
beforeEach(() => {
  time = start
  world = {
    serviceaccounts: [{metadata: {name: 'bot', namespace: 'ns', uid: 'sa-1'}}],
    pods: [
      Object.assign(
        {metadata: {name: 'p', namespace: 'ns', uid: 'pod-1'}},
        {spec: {serviceAccountName: 'bot'}},
      ),
    ],
  }
})

const authority = createTokenAuthority({privateKey, issuer, now: () => new Date(time)})
const reader = {
  get: (...args: Parameters<ReturnType<typeof readerOf>['get']>) => readerOf(world).get(...args),
  list: (...args: Parameters<ReturnType<typeof readerOf>['list']>) => readerOf(world).list(...args),
}

const request = {namespace: 'ns', serviceAccount: 'bot', audiences: [], expirationSeconds: 3600}
const issue = (more: object = {}) => issueAccountToken({...request, ...more}, authority, reader)
const nameOf = async (token: string) => (await userOfToken(token, authority, reader))?.user.name

test('a token names its account', async () => {
  const {token, expiresAt} = await issue({pod: {name: 'p', uid: 'pod-1'}})
  expect(expiresAt).toBe(start + 3600_000)
  const found = await userOfToken(token, authority, reader)
  expect(found?.user).toMatchObject({
    name: 'system:serviceaccount:ns:bot',
    uid: 'sa-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    extra: {'authentication.kubernetes.io/pod-name': ['p']},
  })
  expect(decodeJwt(token)).toMatchObject({
    iss: issuer,
    aud: [issuer],
    sub: 'system:serviceaccount:ns:bot',
    'kubernetes.io': {
      namespace: 'ns',
      serviceaccount: {name: 'bot', uid: 'sa-1'},
      pod: {name: 'p', uid: 'pod-1'},
    },
  })
})

test('a token ends with its time', async () => {
  const {token} = await issue()
  time += 3599_000
  expect(await nameOf(token)).toBe('system:serviceaccount:ns:bot')
  time += 2000
  expect(await nameOf(token)).toBeUndefined()
})

test('a token dies with its account, also when one of the same name comes back', async () => {
  const {token} = await issue()
  world['serviceaccounts'] = [{metadata: {name: 'bot', namespace: 'ns', uid: 'sa-2'}}]
  expect(await nameOf(token)).toBeUndefined()
})

test('a token dies with the pod it is bound to', async () => {
  const {token} = await issue({pod: {name: 'p', uid: 'pod-1'}})
  expect(await nameOf(token)).toBe('system:serviceaccount:ns:bot')
  world['pods'] = []
  expect(await nameOf(token)).toBeUndefined()
})

test('a token for another audience is no good here', async () => {
  const {token} = await issue({audiences: ['vault']})
  expect(await nameOf(token)).toBeUndefined()
  expect((await userOfToken(token, authority, reader, ['vault']))?.audiences).toEqual(['vault'])
})

test('a token of another key, or no token at all, is nobody', async () => {
  const other = createTokenAuthority({privateKey: generateTokenKey(), issuer, now: () => new Date(time)})
  const {token} = await issueAccountToken(request, other, reader)
  expect(await nameOf(token)).toBeUndefined()
  expect(await nameOf('rubbish')).toBeUndefined()
})

test('a token is refused for an account or a pod that is not there', async () => {
  await expect(issue({serviceAccount: 'gone'})).rejects.toThrow('serviceaccounts "gone" not found')
  await expect(issue({pod: {name: 'p', uid: 'pod-0'}})).rejects.toThrow(
    'the UID in the bound object reference (pod-0)',
  )
})
