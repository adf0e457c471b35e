import type {Namespace, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {NetworkPolicy, NetworkPolicySpec} from 'kubernetes-types/networking/v1.d.ts'
import {describe, expect, test} from 'vitest'
import {policyRules} from '../../../../src/lib/sandbox/network/policies/rules.ts'

const pod = (
  namespace: string,
  app: string,
  podIP: string,
  more: Pod['spec'] | undefined = undefined,
): Pod => ({
  metadata: {namespace, name: app, labels: {app}},
  spec: {containers: [{name: 'c', ports: [{name: 'pg', containerPort: 5432}]}], ...more},
  status: {phase: 'Running', podIP},
})
const namespaces: Namespace[] = ['db', 'shop'].map(name => ({
  metadata: {name, labels: {'kubernetes.io/metadata.name': name}},
}))
const pods = [
  pod('db', 'hippo', '10.0.0.1'),
  pod('db', 'client', '10.0.0.2'),
  pod('shop', 'client', '10.0.0.3'),
]
const policy = (spec: NetworkPolicySpec): NetworkPolicy => ({
  metadata: {namespace: 'db', name: 'p'},
  spec: {policyTypes: ['Ingress'], ...spec},
})
const hippo = {matchLabels: {app: 'hippo'}}
const client = {matchLabels: {app: 'client'}}

/** The lines of one pod's chain. */
function chain(name: string, ...policies: NetworkPolicy[]): string[] | undefined {
  const found = new RegExp(`chain ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(
    policyRules('t', policies, {pods, namespaces}),
  )
  return found?.[1]?.trim().split('\n')
}
const ingress = (...policies: NetworkPolicy[]) => chain('ingress-10-0-0-1', ...policies)

describe('what a network policy lets pass', () => {
  test('is everything to pods that none selects', () => {
    expect(policyRules('t', [], {pods, namespaces})).toBe('table ip t\ndelete table ip t\n')
    expect(chain('ingress-10-0-0-2', policy({podSelector: hippo}))).toBeUndefined()
    expect(chain('egress-10-0-0-1', policy({podSelector: hippo}))).toBeUndefined()
  })

  test('is nothing to one that is selected without a rule', () => {
    expect(ingress(policy({podSelector: hippo}))).toEqual(['drop'])
  })

  test('is what comes from selected pods of the same namespace to a port, by number, range or name', () => {
    const ports = [
      {port: 8008},
      {port: 9000, endPort: 9010, protocol: 'UDP'},
      {port: 'pg'},
      {port: 'unknown'},
    ]
    expect(ingress(policy({podSelector: {}, ingress: [{from: [{podSelector: client}], ports}]}))).toEqual([
      'ip saddr 10.0.0.2 tcp dport 8008 return',
      'ip saddr 10.0.0.2 udp dport 9000-9010 return',
      'ip saddr 10.0.0.2 tcp dport 5432 return',
      'drop',
    ])
  })

  test('is what comes from selected pods of selected namespaces, both at once', () => {
    const namespaceSelector = {matchLabels: {'kubernetes.io/metadata.name': 'shop'}}
    const both = policy({podSelector: hippo, ingress: [{from: [{namespaceSelector, podSelector: client}]}]})
    expect(ingress(both)).toEqual(['ip saddr 10.0.0.3 return', 'drop'])
    const any = policy({podSelector: hippo, ingress: [{from: [{namespaceSelector: {}}]}]})
    expect(ingress(any)).toHaveLength(4)
  })

  test('adds up over policies, and an empty rule lets everything pass', () => {
    const open = policy({podSelector: hippo, ingress: [{}]})
    expect(ingress(policy({podSelector: hippo}), open)).toEqual(['return', 'drop'])
  })

  test('is a block of addresses but for its exceptions', () => {
    const ipBlock = {cidr: '10.0.0.0/8', except: ['10.1.0.0/16']}
    const spec = {
      podSelector: hippo,
      policyTypes: ['Egress'],
      egress: [{to: [{ipBlock}], ports: [{port: 443}]}],
    }
    expect(chain('egress-10-0-0-1', policy(spec))).toEqual([
      'ip daddr 10.0.0.0/8 ip daddr != { 10.1.0.0/16 } tcp dport 443 return',
      'drop',
    ])
  })

  test('is never more for what nftables could not read', () => {
    const ipBlock = {cidr: '10.0.0.0/8 accept'}
    const from = [{ipBlock}, {ipBlock: {cidr: 'fd00::/8'}}]
    const ports = [{protocol: 'TCP accept', port: 1}]
    const odd = policy({podSelector: hippo, ingress: [{from}, {ports}]})
    expect(ingress(odd)).toEqual(['drop'])
  })
})
