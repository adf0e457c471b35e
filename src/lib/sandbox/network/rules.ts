import {createHash} from 'node:crypto'
import type {Backend, Frontend} from './backends.ts'

export interface RuleAddresses {
  podRange: string
  serviceRange: string
  bridgeIp: string
}

/** The name of the sandbox's own nftables table. */
export function tableName(sandbox: string): string {
  return `pgk_${sandbox.replaceAll('-', '_')}`
}

/**
 * The whole table as one transaction for `nft -f`: whatever stood there is replaced at once, so that no packet
 * ever meets half of the rules. Connections that are already translated keep their translation.
 */
export function ruleset(table: string, addresses: RuleAddresses, fronts: readonly Frontend[]): string {
  const served = fronts.filter(front => front.backends.length > 0)
  const services = served.map(
    front => `${front.address} . ${front.protocol} . ${front.port} : goto ${chainName(front)}`,
  )
  const nodePorts = served.flatMap(front =>
    front.nodePort === undefined
      ? []
      : [`${front.protocol} . ${front.nodePort} : goto ${nodeChainName(front)}`],
  )
  const endpoints = new Set(served.flatMap(front => front.backends.map(({address}) => address)))
  const lines = [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    ...setLines('map services', 'type ipv4_addr . inet_proto . inet_service : verdict', services),
    ...setLines('map nodeports', 'type inet_proto . inet_service : verdict', nodePorts),
    // A connection that a Service sends back to where it came from: the answer must come back through here.
    ...setLines(
      'set hairpin',
      'type ipv4_addr . ipv4_addr',
      [...endpoints].map(ip => `${ip} . ${ip}`),
    ),
    ...served.flatMap(front => frontChains(front)),
    ...baseChains(addresses),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

function setLines(head: string, type: string, elements: readonly string[]): string[] {
  const filled = elements.length === 0 ? [] : [`elements = { ${elements.join(', ')} }`]
  return [`${head} {`, type, ...filled, '}']
}

function frontChains(front: Frontend): string[] {
  const name = chainName(front)
  const own = [`chain ${name} {`, `comment "${front.service}"`, ...translation(front, name), '}']
  const {affinitySeconds, nodePort} = front
  const affinity = affinitySeconds === undefined ? [] : affinitySets(front, name, affinitySeconds)
  if (nodePort === undefined) return [...affinity, ...own]
  // From outside, the pod could not answer to a client that knows only the node's address.
  const node = [`chain ${nodeChainName(front)} {`, 'meta mark set meta mark or 0x4000', `goto ${name}`, '}']
  return [...affinity, ...own, ...node]
}

function translation(front: Frontend, name: string): string[] {
  const {backends, protocol} = front
  if (front.affinitySeconds !== undefined) {
    return [
      ...backends.map((backend, index) => `ip saddr @${name}-${index} ${dnat(protocol, backend)}`),
      ...spread(backends.map((_, index) => `goto ${name}-${index}`)),
    ]
  }
  const [only] = backends
  if (only !== undefined && backends.length === 1) return [dnat(protocol, only)]
  const choices = backends.map(({address, port}, index) => `${index} : ${address} . ${port}`)
  return [
    `meta l4proto ${protocol} dnat to numgen random mod ${backends.length} map { ${choices.join(', ')} }`,
  ]
}

/** Remembers, a backend, which clients it has; a client's entry lives on with each new connection. */
function affinitySets(front: Frontend, name: string, seconds: number): string[] {
  return front.backends.flatMap((backend, index) => [
    `set ${name}-${index} {`,
    'type ipv4_addr',
    'flags dynamic, timeout',
    `timeout ${seconds}s`,
    '}',
    `chain ${name}-${index} {`,
    `update @${name}-${index} { ip saddr }`,
    dnat(front.protocol, backend),
    '}',
  ])
}

function spread(targets: readonly string[]): string[] {
  const choices = targets.map((target, index) => `${index} : ${target}`)
  return [`numgen random mod ${targets.length} vmap { ${choices.join(', ')} }`]
}

function dnat(protocol: string, backend: Backend): string {
  return `meta l4proto ${protocol} dnat to ${backend.address}:${backend.port}`
}

function baseChains({podRange, serviceRange, bridgeIp}: RuleAddresses): string[] {
  const toService = [
    'ip daddr . meta l4proto . th dport vmap @services',
    `fib daddr type local ip daddr != { 127.0.0.0/8, ${bridgeIp} } meta l4proto . th dport vmap @nodeports`,
  ]
  // What is still addressed to a Service here has no endpoint: refuse at once instead of letting it wait.
  const refuse = [
    `ip daddr ${serviceRange} meta l4proto tcp reject with tcp reset`,
    `ip daddr ${serviceRange} reject`,
  ]
  const chain = (name: string, hook: string, rules: readonly string[]) => [
    `chain ${name} {`,
    hook,
    ...rules,
    '}',
  ]
  return [
    ...chain('prerouting', 'type nat hook prerouting priority dstnat; policy accept;', toService),
    ...chain('output', 'type nat hook output priority -100; policy accept;', toService),
    ...chain('postrouting', 'type nat hook postrouting priority srcnat; policy accept;', [
      'meta mark and 0x4000 != 0 masquerade',
      'ct status dnat ip saddr . ip daddr @hairpin masquerade',
      `ip saddr ${podRange} ip daddr != { ${podRange}, ${serviceRange} } fib daddr type != local masquerade`,
    ]),
    ...chain('forward', 'type filter hook forward priority filter; policy accept;', refuse),
    ...chain('local', 'type filter hook output priority filter; policy accept;', refuse),
  ]
}

/** Chains are named by what they belong to, so that an unchanged Service gives unchanged text. */
function chainName(front: Frontend): string {
  const key = `${front.address} ${front.protocol} ${front.port}`
  return `s-${createHash('sha256').update(key).digest('hex').slice(0, 10)}`
}

function nodeChainName(front: Frontend): string {
  return chainName(front).replace('s-', 'n-')
}
