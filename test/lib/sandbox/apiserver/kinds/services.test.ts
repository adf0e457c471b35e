import {expect, test} from 'vitest'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {contextOf, create, type Json, kindOf, row, setSpec, table, update, usual} from './fixture.ts'

const kinds = table()
const services = kindOf(kinds, 'services')
const service = (spec: Json, name = 's'): Json => ({metadata: {name}, spec})

test('a Service gets a free address of the range', () => {
  const made = create(services, service({ports: [{port: 5432, targetPort: 'pg'}]}))
  expect(made['spec']).toEqual({
    ports: [{protocol: 'TCP', port: 5432, targetPort: 'pg'}],
    clusterIP: '10.96.0.32',
    clusterIPs: ['10.96.0.32'],
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
  })
  expect(made['status']).toEqual({loadBalancer: {}})
})

test('no address is given twice', () => {
  const first = create(services, service({ports: [{port: 1}]}))
  const context = contextOf({
    ...usual,
    services: [{...first, metadata: {name: 'a', namespace: 'ns', uid: 'other'}}],
  })
  expect(at(create(services, service({ports: [{port: 1}]}), context), 'spec', 'clusterIP')).toBe('10.96.0.33')
  expect(() => create(services, service({ports: [{port: 1}], clusterIP: '10.96.0.32'}), context)).toThrow(
    'failed to allocate IP 10.96.0.32: provided IP is already allocated',
  )
})

test('an address outside of the range is refused', () => {
  expect(() => create(services, service({ports: [{port: 1}], clusterIP: '10.97.0.1'}))).toThrow(
    'spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: the provided IP (10.97.0.1) ' +
      'is not in the valid range. The range of valid IPs is 10.96.0.0/24',
  )
})

test('a headless Service has no address and needs no ports', () => {
  const made = create(services, service({clusterIP: 'None', selector: {app: 'x'}}))
  expect(made['spec']).toMatchObject({clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4']})
})

test('a LoadBalancer gets a node port', () => {
  const made = create(services, service({type: 'LoadBalancer', ports: [{port: 5432}]}))
  expect(at(made, 'spec', 'ports', 0)).toEqual({
    port: 5432,
    protocol: 'TCP',
    targetPort: 5432,
    nodePort: 30000,
  })
  expect(row(services, made).slice(1, 5)).toEqual([
    'LoadBalancer',
    '10.96.0.32',
    '<pending>',
    '5432:30000/TCP',
  ])
})

test('an ExternalName is nothing but a name', () => {
  const made = create(services, service({type: 'ExternalName', externalName: 'db.example.com'}))
  expect(made['spec']).toEqual({
    type: 'ExternalName',
    sessionAffinity: 'None',
    externalName: 'db.example.com',
  })
})

test('an address that is left out of an update stays, and may not change', () => {
  const old = create(services, service({ports: [{port: 1}]}))
  const kept = update(services, old, draft => {
    draft['spec'] = {ports: [{port: 2}]}
  })
  expect(at(kept, 'spec', 'clusterIP')).toBe('10.96.0.32')
  expect(() => update(services, old, setSpec('clusterIP', '10.96.0.40'))).toThrow(
    'Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.40"]: may not change once set',
  )
})

test.each<[Json, string]>([
  [{selector: {a: 'b'}}, 'Service "s" is invalid: spec.ports: Required value'],
  [{ports: [{port: 1}, {port: 2}]}, 'spec.ports[0].name: Required value'],
  [
    {ports: [{port: 70000}]},
    'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  [{type: 'Magic', ports: [{port: 1}]}, 'spec.type: Unsupported value: "Magic"'],
])('a Service with %j is invalid', (spec, sentence) => {
  expect(() => create(services, service(spec))).toThrow(sentence)
})

test('a Service is named like a label of DNS', () => {
  expect(() => create(services, service({ports: [{port: 1}]}, '1s'))).toThrow(
    'metadata.name: Invalid value: "1s": a DNS-1035 label must consist of lower case alphanumeric characters',
  )
})

test('Endpoints show three addresses and count the rest', () => {
  const endpoints = kindOf(kinds, 'endpoints')
  const addresses = ['1', '2', '3', '4', '5'].map(last => ({ip: `10.0.0.${last}`}))
  const subsets = [{addresses, ports: [{port: 80}]}]
  expect(row(endpoints, {metadata: {name: 'e'}, subsets})[1]).toBe(
    '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...',
  )
})
