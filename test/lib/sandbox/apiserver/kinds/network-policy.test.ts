import {describe, expect, test} from 'vitest'
import {create, type Json, kindOf, table} from './fixture.ts'

const policies = kindOf(table(), 'networkpolicies')
const ingress = (rule: Json) =>
  create(policies, {metadata: {name: 'p'}, spec: {podSelector: {}, ingress: [rule]}})

describe('a network policy is refused', () => {
  test.each([
    [
      'its block is none',
      {from: [{ipBlock: {cidr: '10.0.0.0/8 accept'}}]},
      /from\[0\]\.ipBlock\.cidr: Invalid/,
    ],
    [
      'an exception is none',
      {from: [{ipBlock: {cidr: '10.0.0.0/8', except: ['x']}}]},
      /except\[0\]: Invalid/,
    ],
    ['a peer is nobody', {from: [{}]}, /ingress\[0\]\.from\[0\]: Required value: must specify a peer/],
    [
      'its protocol is unknown',
      {ports: [{protocol: 'ICMP', port: 1}]},
      /supported values: "SCTP", "TCP", "UDP"/,
    ],
    ['its port is out of range', {ports: [{port: 70_000}]}, /must be between 1 and 65535, inclusive/],
    ['its range is the wrong way round', {ports: [{port: 9, endPort: 8}]}, /greater than or equal to `port`/],
    ['its range begins with a name', {ports: [{port: 'pg', endPort: 8}]}, /ports\[0\]\.port: Required/],
  ])('when %s', (_, rule, sentence) => {
    expect(() => ingress(rule)).toThrow(sentence)
  })

  test('unless all is well', () => {
    const ipBlock = {cidr: '2001:db8::/64'}
    expect(() => ingress({from: [{ipBlock}], ports: [{port: 'pg'}, {port: 1, endPort: 2}]})).not.toThrow()
  })
})
