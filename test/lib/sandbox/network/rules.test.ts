import type {Service} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import {describe, expect, test} from 'vitest'
import {frontends} from '../../../../src/lib/sandbox/network/backends.ts'
import {ruleset, tableName} from '../../../../src/lib/sandbox/network/rules.ts'

const addresses = {podRange: '10.201.0.0/17', serviceRange: '10.201.128.0/17', bridgeIp: '10.201.0.1'}

function service(spec: NonNullable<Service['spec']>): Service {
  return {metadata: {namespace: 'db', name: 'hippo'}, spec: {clusterIP: '10.201.128.9', ...spec}}
}

function slice(endpoints: EndpointSlice['endpoints'], port = 5432): EndpointSlice {
  return {
    metadata: {namespace: 'db', name: 'hippo-x', labels: {'kubernetes.io/service-name': 'hippo'}},
    addressType: 'IPv4',
    ports: [{name: 'postgres', port, protocol: 'TCP'}],
    endpoints,
  }
}

const postgres = {ports: [{name: 'postgres', port: 5432}]}

describe('frontends', () => {
  test('a Service sends its connections to the ready endpoints of the port with the same name', () => {
    const slices = [
      slice([
        {addresses: ['10.201.0.9'], conditions: {ready: true}},
        {addresses: ['10.201.0.8'], conditions: {ready: false}},
        {addresses: ['10.201.0.7']},
      ]),
    ]
    const [front] = frontends([service(postgres)], slices)
    expect(front?.backends).toEqual([
      {address: '10.201.0.7', port: 5432},
      {address: '10.201.0.9', port: 5432},
    ])
  })

  test('headless and external Services have nothing to translate', () => {
    const headless = service({...postgres, clusterIP: 'None'})
    const external = service({...postgres, type: 'ExternalName', externalName: 'db.example'})
    expect(frontends([headless, external], [slice([{addresses: ['10.201.0.9']}])])).toEqual([])
  })

  test('another Service’s slice is not used', () => {
    const other = {...service(postgres), metadata: {namespace: 'db', name: 'rhino'}}
    expect(frontends([other], [slice([{addresses: ['10.201.0.9']}])])[0]?.backends).toEqual([])
  })
})

describe('the rules', () => {
  const one = [slice([{addresses: ['10.201.0.9']}])]
  const two = [slice([{addresses: ['10.201.0.9']}, {addresses: ['10.201.0.8']}])]
  const rules = (spec: NonNullable<Service['spec']>, slices: EndpointSlice[]) =>
    ruleset('pgk_x', addresses, frontends([service(spec)], slices))

  test('replace the whole table in one transaction', () => {
    expect(rules(postgres, one).split('\n').slice(0, 3)).toEqual([
      'table ip pgk_x',
      'delete table ip pgk_x',
      'table ip pgk_x {',
    ])
  })

  test('connections spread at random over several endpoints', () => {
    expect(rules(postgres, two)).toContain(
      'dnat to numgen random mod 2 map { 0 : 10.201.0.8 . 5432, 1 : 10.201.0.9 . 5432 }',
    )
  })

  test('a Service without endpoints is in no map, and what is addressed to it is refused', () => {
    const text = rules(postgres, [])
    expect(text).not.toContain('10.201.128.9 .')
    expect(text).toContain('ip daddr 10.201.128.0/17 meta l4proto tcp reject with tcp reset')
  })

  test('every endpoint may reach itself through its Service', () => {
    expect(rules(postgres, two)).toContain('elements = { 10.201.0.8 . 10.201.0.8, 10.201.0.9 . 10.201.0.9 }')
  })

  test('a node port leads to the same endpoints, with the answer coming back through the node', () => {
    const text = rules({ports: [{name: 'postgres', port: 5432, nodePort: 30_432}]}, one)
    expect(text).toMatch(/tcp \. 30432 : goto n-(\w+)/)
    expect(text).toMatch(/chain n-(\w+) \{\nmeta mark set meta mark or 0x4000\ngoto s-\1\n\}/)
  })

  test('with client affinity each endpoint remembers its clients for as long as the Service says', () => {
    const spec = {
      ...postgres,
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}},
    }
    expect(rules(spec, two).match(/timeout 60s/g)).toHaveLength(2)
  })

  test('a sandbox’s name makes a name that nftables takes', () => {
    expect(tableName('my-box')).toBe('pgk_my_box')
  })
})
