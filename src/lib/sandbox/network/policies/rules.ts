import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort} from 'kubernetes-types/networking/v1.d.ts'
import {matcherOf} from '../../selector.ts'
import {noTable} from '../keep-rules.ts'
import {tableName} from '../rules.ts'
import {addressOf, type Neighbourhood, portMatch, rangeOf, reachable, selectedBy} from './peers.ts'

/** No name of a sandbox has a dot. */
export const policyTable = (sandbox: string): string => `${tableName(sandbox)}.policies`

type Direction = 'Ingress' | 'Egress'
interface Rule {
  peers: readonly NetworkPolicyPeer[]
  ports: readonly NetworkPolicyPort[]
}

/**
 * Pure. The whole table: a pod that some policy selects for a direction gets only what one of them allows. Answers
 * pass, and so does what pods and the machine itself say to each other: probes, the API server, the cluster's names.
 */
export function policyRules(
  table: string,
  policies: readonly NetworkPolicy[],
  {pods, namespaces}: Neighbourhood,
): string {
  const around = {pods: reachable(pods), namespaces}
  const chains = (['Egress', 'Ingress'] as const).flatMap(direction =>
    around.pods.flatMap(pod => chainOf(pod, direction, policies, around) ?? []),
  )
  if (chains.length === 0) return noTable(table)
  const lines = [
    `table ip ${table} {`,
    ...chains.flatMap(({name, rules}) => [`chain ${name} {`, ...rules, 'drop', '}']),
    ...mapOf('egress', chains),
    ...mapOf('ingress', chains),
    'chain forward {',
    // After the translation of Services. What comes back from a detour was here before it went there.
    'type filter hook forward priority filter - 5; policy accept;',
    'ct state established,related,untracked accept',
    'ip saddr vmap @egress',
    'ip daddr vmap @ingress',
    '}',
    '}',
  ]
  return `${noTable(table)}${lines.join('\n')}\n`
}

interface Chain {
  name: string
  address: string
  rules: string[]
}

const prefixes = {Egress: 'egress-', Ingress: 'ingress-'} as const

/** What one pod may receive or send; undefined where no policy selects it, so that it may anything. */
function chainOf(
  pod: Pod,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  around: Neighbourhood,
): Chain | undefined {
  const own = policies.filter(policy => applies(policy, pod, direction))
  if (own.length === 0) return undefined
  const rules = own.flatMap(policy =>
    rulesOf(policy, direction).flatMap(rule => allowed(rule, direction, pod, around, policy)),
  )
  const address = addressOf(pod)
  return {name: `${prefixes[direction]}${address.replaceAll('.', '-')}`, address, rules: [...new Set(rules)]}
}

function applies({metadata, spec}: NetworkPolicy, pod: Pod, direction: Direction): boolean {
  return (
    metadata?.namespace === pod.metadata?.namespace &&
    (spec?.policyTypes ?? []).includes(direction) &&
    matcherOf(spec?.podSelector ?? {})(pod.metadata?.labels ?? {})
  )
}

function rulesOf({spec}: NetworkPolicy, direction: Direction): Rule[] {
  if (direction === 'Ingress') {
    return (spec?.ingress ?? []).map(({from = [], ports = []}) => ({peers: from, ports}))
  }
  return (spec?.egress ?? []).map(({to = [], ports = []}) => ({peers: to, ports}))
}

/** One line for everything that a rule lets pass; peers with an address each, where a port goes by its name. */
function allowed(
  {peers, ports}: Rule,
  direction: Direction,
  pod: Pod,
  around: Neighbourhood,
  policy: NetworkPolicy,
): string[] {
  const side = direction === 'Ingress' ? 'saddr' : 'daddr'
  const home = policy.metadata?.namespace ?? ''
  const line = (match: string, to: Pod | undefined): string[] => {
    if (ports.length === 0) return [`${match} return`.trim()]
    return ports.flatMap(port => {
      const found = portMatch(port, to)
      return found === undefined ? [] : [`${match} ${found} return`.trim()]
    })
  }
  const receiver = (other: Pod | undefined): Pod | undefined => (direction === 'Ingress' ? pod : other)
  if (peers.length === 0) {
    const hasNames = direction === 'Egress' && ports.some(({port}) => typeof port === 'string')
    const named = hasNames ? around.pods.flatMap(other => line(`ip daddr ${addressOf(other)}`, other)) : []
    return [...line('', receiver(undefined)), ...named]
  }
  return peers.flatMap(peer => {
    const {ipBlock} = peer
    if (ipBlock === undefined) {
      const others = selectedBy(peer, home, around)
      return others.flatMap(other => line(`ip ${side} ${addressOf(other)}`, receiver(other)))
    }
    const range = rangeOf(ipBlock.cidr)
    if (range === undefined) return []
    const except = (ipBlock.except ?? []).flatMap(each => rangeOf(each) ?? [])
    const but = except.length === 0 ? '' : ` ip ${side} != { ${except.join(', ')} }`
    return line(`ip ${side} ${range}${but}`, receiver(undefined))
  })
}

function mapOf(name: string, chains: readonly Chain[]): string[] {
  const own = chains.filter(chain => chain.name.startsWith(`${name}-`))
  const elements = own.map(chain => `${chain.address} : jump ${chain.name}`)
  const filled = elements.length === 0 ? [] : [`elements = { ${elements.join(', ')} }`]
  return [`map ${name} {`, 'type ipv4_addr : verdict', ...filled, '}']
}
