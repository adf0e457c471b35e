import {decodeJwt, decodeProtectedHeader} from 'jose'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import type {ResourceType, StatusError} from '../../../../../src/lib/sandbox/registry.ts'
import {namespaces, nodes, pods, secrets, serviceAccounts} from '../../../../../src/lib/sandbox/resources.ts'
import {type Guarded, issuer, startGuarded} from './fixture.ts'

let api: Guarded
const now = Date.parse('2026-01-01T00:00:00Z')
const review = '/apis/authentication.k8s.io/v1/tokenreviews'
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const tokenPath = '/api/v1/namespaces/ns/serviceaccounts/bot/token'

beforeAll(async () => {
  api = await startGuarded(() => new Date(now))
  api.registry.create(namespaces, {metadata: {name: 'ns'}})
  api.registry.create(nodes, {metadata: {name: 'node-1'}})
  api.registry.create(secrets, {metadata: {name: 's', namespace: 'ns'}})
})
afterAll(() => api.stop())
beforeEach(() => {
  const types: ResourceType[] = [serviceAccounts, pods]
  for (const type of types) {
    for (const {metadata} of api.registry.list(type)) {
      api.registry.delete(type, 'ns', metadata?.name ?? '', {gracePeriodSeconds: 0})
    }
  }
  api.registry.create(serviceAccounts, {metadata: {name: 'bot', namespace: 'ns'}})
})

const uidOf = (object: {metadata?: {uid?: string}}): string => object.metadata?.uid ?? ''
const podNamed = (name: string) =>
  api.registry.create(pods, {
    metadata: {name, namespace: 'ns'},
    spec: {serviceAccountName: 'bot', nodeName: 'node-1', containers: [{name: 'c', image: 'i'}]},
  })
const request = {namespace: 'ns', serviceAccount: 'bot', audiences: [], expirationSeconds: 3607}
const issueFor = (pod: {name: string; uid: string}) => api.access.issueToken({...request, pod})
const statusWith = async (token: string) => (await api.ask({token}, 'POST', whoami, {})).status
const tokenOf = ({body}: {body: unknown}): string => JSON.parse(JSON.stringify(body)).status.token

describe('a token that a node asks for', () => {
  it('has the claims of Kubernetes, is good for a year, and is to be renewed hourly', async () => {
    const account = api.registry.get(serviceAccounts, 'ns', 'bot') ?? {}
    const pod = podNamed('p')
    const {token, expiresAt} = await issueFor({name: 'p', uid: uidOf(pod)})
    const seconds = now / 1000
    expect(expiresAt).toBe(now + 3607_000)
    expect(decodeProtectedHeader(token)).toEqual({alg: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/)})
    expect(decodeJwt(token)).toEqual({
      iss: issuer,
      sub: 'system:serviceaccount:ns:bot',
      aud: [issuer],
      iat: seconds,
      nbf: seconds,
      exp: seconds + 365 * 24 * 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'kubernetes.io': {
        namespace: 'ns',
        node: {name: 'node-1', uid: uidOf(api.registry.get(nodes, undefined, 'node-1') ?? {})},
        pod: {name: 'p', uid: uidOf(pod)},
        serviceaccount: {name: 'bot', uid: uidOf(account)},
        warnafter: seconds + 3607,
      },
    })
    expect(await api.ask({token}, 'POST', whoami, {})).toMatchObject({
      body: {
        status: {
          userInfo: {
            username: 'system:serviceaccount:ns:bot',
            uid: uidOf(account),
            groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
            extra: {
              'authentication.kubernetes.io/pod-name': ['p'],
              'authentication.kubernetes.io/node-name': ['node-1'],
            },
          },
        },
      },
    })
  })

  it('is answered with 401 once its pod is gone, also where another of that name took its place', async () => {
    const {token} = await issueFor({name: 'p', uid: uidOf(podNamed('p'))})
    expect(await statusWith(token)).toBe(201)
    api.registry.delete(pods, 'ns', 'p', {gracePeriodSeconds: 0})
    expect(await statusWith(token)).toBe(401)
    podNamed('p')
    expect(await statusWith(token)).toBe(401)
  })

  it('is refused for a pod of another account, of another uid, or that is not there', async () => {
    const failure = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: StatusError) => error,
      )
    const pod = {name: 'p', uid: uidOf(podNamed('p'))}
    api.registry.create(serviceAccounts, {metadata: {name: 'other', namespace: 'ns'}})
    expect(await failure(api.access.issueToken({...request, serviceAccount: 'other', pod}))).toMatchObject({
      code: 400,
      message:
        'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    })
    expect(await failure(issueFor({name: 'p', uid: 'another'}))).toMatchObject({code: 409})
    expect(await failure(issueFor({name: 'gone', uid: ''}))).toMatchObject({code: 404})
  })
})

describe('a token that is asked for over the API', () => {
  it('for another audience does not open the API, but is confirmed to that audience', async () => {
    const body = {spec: {audiences: ['vault'], expirationSeconds: 600}}
    const token = tokenOf(await api.ask(api.admin, 'POST', tokenPath, body))
    expect(await statusWith(token)).toBe(401)
    expect(await api.ask(api.admin, 'POST', review, {spec: {token, audiences: ['vault']}})).toMatchObject({
      status: 201,
      body: {status: {authenticated: true, audiences: ['vault']}},
    })
    const here = await api.ask(api.admin, 'POST', review, {spec: {token}})
    expect(here).toMatchObject({status: 201, body: {status: {error: expect.any(String)}}})
    expect(JSON.stringify(here)).not.toContain('"authenticated":true')
  })

  it('is bound to what the request names, and to nothing that cannot hold it', async () => {
    const ask = (ref: object, expirationSeconds = 600) =>
      api.ask(api.admin, 'POST', tokenPath, {spec: {expirationSeconds, boundObjectRef: ref}})
    const token = tokenOf(await ask({apiVersion: 'v1', kind: 'Secret', name: 's'}))
    expect(await statusWith(token)).toBe(201)
    api.registry.delete(secrets, 'ns', 's')
    expect(await statusWith(token)).toBe(401)
    expect(await ask({apiVersion: 'apps/v1', kind: 'Deployment', name: 'd'})).toMatchObject({
      status: 400,
      body: {message: 'cannot bind token to object of type apps/v1, Kind=Deployment'},
    })
    const node = {apiVersion: 'v1', kind: 'Node', name: 'node-1'}
    expect(await ask(node)).toMatchObject({status: 201})
    expect(await ask(node, 599)).toMatchObject({
      status: 422,
      body: {
        message:
          'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: ' +
          'may not specify a duration less than 10 minutes',
      },
    })
  })
})
