import {readFileSync} from 'node:fs'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Addresses} from '../ports.ts'

/** What goes into a pod's `/etc/resolv.conf`. */
export interface DnsConfig {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** Reads the machine's own `/etc/resolv.conf`. */
export function hostDns(file = '/etc/resolv.conf'): DnsConfig {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  const values = (key: string) => lines.filter(([first]) => first === key).map(([, ...rest]) => rest)
  return {
    servers: values('nameserver').flat(),
    searches: values('search').at(-1) ?? [],
    options: values('options').flat(),
  }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]

function basis(pod: Pod, addresses: Addresses, host: DnsConfig): DnsConfig {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'None') return {servers: [], searches: [], options: []}
  const isOnHost = pod.spec?.hostNetwork === true && policy !== 'ClusterFirstWithHostNet'
  if (policy === 'Default' || isOnHost) return host
  const domain = addresses.clusterDomain
  return {
    servers: [addresses.dnsServiceIp],
    searches: [`${pod.metadata?.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.searches],
    options: ['ndots:5'],
  }
}

export function dnsOf(pod: Pod, addresses: Addresses, host: DnsConfig): DnsConfig {
  const base = basis(pod, addresses, host)
  const own = pod.spec?.dnsConfig
  if (!own) return base
  const options = new Map(base.options.map(option => [option.split(':')[0] ?? option, option]))
  for (const {name = '', value} of own.options ?? []) {
    options.set(name, value === undefined ? name : `${name}:${value}`)
  }
  return {
    servers: unique([...base.servers, ...(own.nameservers ?? [])]),
    searches: unique([...base.searches, ...(own.searches ?? [])]),
    options: [...options.values()],
  }
}

export const hostnameOf = (pod: Pod): string =>
  (pod.spec?.hostname ?? pod.metadata?.name ?? '').slice(0, 63).replace(/[-.]+$/, '')

/** The pod's `/etc/hosts`. */
export function hostsFile(pod: Pod, podIp: string, clusterDomain: string): string {
  const hostname = hostnameOf(pod)
  const {subdomain, hostAliases = []} = pod.spec ?? {}
  const domain = subdomain && `${hostname}.${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}`
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIp}\t${domain ? `${domain}\t` : ''}${hostname}`,
  ]
  if (hostAliases.length > 0) lines.push('', '# Entries added by HostAliases.')
  for (const {ip, hostnames = []} of hostAliases) lines.push(`${ip}\t${hostnames.join('\t')}`)
  return `${lines.join('\n')}\n`
}
