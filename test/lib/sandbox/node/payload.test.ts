import type {ConfigMap, Secret, Volume} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {type PayloadSources, payloadOf} from '../../../../src/lib/sandbox/node/volumes/payload.ts'
import {PodTokens} from '../../../../src/lib/sandbox/node/volumes/tokens.ts'
import {podOf} from './records.ts'

const configMaps: Record<string, ConfigMap> = {
  c: {data: {'a.conf': 'a', 'b.conf': 'b'}, binaryData: {bin: Buffer.from([0, 255]).toString('base64')}},
}
const secrets: Record<string, Secret> = {s: {data: {key: Buffer.from('k').toString('base64')}}}
const sources = (over: Partial<PayloadSources> = {}): PayloadSources => ({
  pod: podOf(),
  facts: {hostIp: '10.0.0.1', podIp: '10.1.1.1', allocatable: {cpu: '2'}},
  configMap: name => configMaps[name],
  secret: name => secrets[name],
  token: () => ({token: 't', expiresAt: 0}),
  user: undefined,
  ...over,
})
const files = (volume: Omit<Volume, 'name'>, over: Partial<PayloadSources> = {}) => {
  const payload = payloadOf({name: 'v', ...volume}, sources(over))
  return (
    payload &&
    Object.fromEntries([...payload].map(([path, file]) => [path, [file.data.toString('latin1'), file.mode]]))
  )
}

test('a ConfigMap gives all its keys, a Secret its decoded ones', () => {
  expect(files({configMap: {name: 'c'}})).toEqual({
    'a.conf': ['a', 0o644],
    'b.conf': ['b', 0o644],
    bin: ['\u0000\u00ff', 0o644],
  })
  expect(files({secret: {secretName: 's', defaultMode: 0o400}})).toEqual({key: ['k', 0o400]})
})

test('items choose, rename and set modes', () => {
  const items = [
    {key: 'a.conf', path: 'deep/x'},
    {key: 'b.conf', path: 'y', mode: 0o600},
  ]
  expect(files({configMap: {name: 'c', items, defaultMode: 0o440}})).toEqual({
    'deep/x': ['a', 0o440],
    y: ['b', 0o600],
  })
})

test('what is missing is named, what is optional is left out', () => {
  expect(() => files({configMap: {name: 'no'}})).toThrow('configmap "no" not found')
  expect(() => files({secret: {secretName: 's', items: [{key: 'x', path: 'x'}]}})).toThrow(
    'references non-existent secret key: x',
  )
  expect(files({configMap: {name: 'no', optional: true}})).toEqual({})
  const both = [{configMap: {name: 'no'}}, {secret: {name: 'neither'}}]
  expect(() => files({projected: {sources: both}})).toThrow(
    '[configmap "no" not found, secret "neither" not found]',
  )
})

test('a token is the owner’s alone where an owner is known', () => {
  const volume = {projected: {sources: [{serviceAccountToken: {path: 'token'}}], defaultMode: 0o644}}
  expect(files(volume)).toEqual({token: ['t', 0o644]})
  expect(files(volume, {user: 26})).toEqual({token: ['t', 0o600]})
  expect(payloadOf({name: 'v', ...volume}, sources({user: 26}))?.get('token')?.uid).toBe(26)
  expect(files(volume, {pod: podOf({securityContext: {fsGroup: 26}})})).toEqual({token: ['t', 0o600]})
})

test('the downward API gives the amounts of a named container', () => {
  const pod = podOf({containers: [{name: 'db', resources: {limits: {cpu: '500m'}}}]})
  const items = [
    {path: 'cpu', resourceFieldRef: {containerName: 'db', resource: 'limits.cpu', divisor: '1m'}},
    {path: 'node', fieldRef: {fieldPath: 'spec.nodeName'}},
  ]
  expect(files({downwardAPI: {items}}, {pod})).toEqual({cpu: ['500', 0o644], node: ['node-a', 0o644]})
})

test('other kinds of volume have no payload', () => {
  expect(files({emptyDir: {}})).toBeUndefined()
})

test('a token is issued anew when four fifths of its life are over', async () => {
  let issued = 0
  const tokens = new PodTokens(() => {
    issued += 1
    return {token: `t${issued}`, expiresAt: issued === 1 ? 100_000 : 200_000}
  })
  const pod = podOf({volumes: [{name: 'v', projected: {sources: [{serviceAccountToken: {path: 'p'}}]}}]})
  await tokens.refresh(pod, 0)
  expect(tokens.nextRefresh()).toBe(80_000)
  await tokens.refresh(pod, 79_999)
  expect(tokens.get(undefined, 3600)?.token).toBe('t1')
  await tokens.refresh(pod, 80_000)
  expect(tokens.get(undefined, 3600)?.token).toBe('t2')
})
