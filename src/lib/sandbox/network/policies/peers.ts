import type {Namespace, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {NetworkPolicyPeer, NetworkPolicyPort} from 'kubernetes-types/networking/v1.d.ts'
import {matcherOf} from '../../selector.ts'
import {formatAddress, parseAddress, parseCidr} from '../cidr.ts'

/** Where policies look for what they select. */
export interface Neighbourhood {
  /** Those that have an address of their own. */
  pods: readonly Pod[]
  namespaces: readonly Namespace[]
}

export const addressOf = (pod: Pod): string => pod.status?.podIP ?? ''

/** Pods that packets can come from or go to: with an address, and not with the machine's. */
export const reachable = (pods: readonly Pod[]): Pod[] =>
  pods.filter(
    ({spec, status}) =>
      parseAddress(status?.podIP ?? '') !== undefined &&
      spec?.hostNetwork !== true &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed',
  )

/** The pods that a peer selects, seen from the policy's namespace. */
export function selectedBy(
  {podSelector, namespaceSelector}: NetworkPolicyPeer,
  home: string,
  {pods, namespaces}: Neighbourhood,
): Pod[] {
  const isMeant = matcherOf(podSelector ?? {})
  const isIn = matcherOf(namespaceSelector)
  const homes = new Set(
    namespaceSelector === undefined
      ? [home]
      : namespaces.filter(({metadata}) => isIn(metadata?.labels ?? {})).map(each => each.metadata?.name),
  )
  return pods.filter(({metadata}) => homes.has(metadata?.namespace ?? '') && isMeant(metadata?.labels ?? {}))
}

/** A range as nftables has it; undefined for one of IPv6, which no pod has an address of. */
export function rangeOf(cidr: string): string | undefined {
  const found = parseCidr(cidr)
  return found === undefined ? undefined : `${formatAddress(found.base)}/${found.prefix}`
}

const protocols: Readonly<Record<string, string>> = {TCP: 'tcp', UDP: 'udp', SCTP: 'sctp'}

/** A port as nftables matches it, `tcp dport 5432`; undefined for a name that the pod has no port of. */
export function portMatch(
  {protocol = 'TCP', port, endPort}: NetworkPolicyPort,
  to: Pod | undefined,
): string | undefined {
  const kind = protocols[protocol]
  if (kind === undefined) return undefined
  if (port === undefined) return `meta l4proto ${kind}`
  if (typeof port === 'number') return `${kind} dport ${port}${endPort === undefined ? '' : `-${endPort}`}`
  const named = to?.spec?.containers
    .flatMap(container => container.ports ?? [])
    .find(each => each.name === port && (each.protocol ?? 'TCP') === protocol)
  return named === undefined ? undefined : `${kind} dport ${named.containerPort}`
}
