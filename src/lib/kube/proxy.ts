import {BlockList, isIP, isIPv6} from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4')

/** One entry of NO_PROXY: `*`, a host, a domain with or without a leading dot, an address or a CIDR. */
function spares(entry: string, host: string): boolean {
  if (entry === '*') return true
  const [network = '', bits] = entry.split('/')
  if (bits !== undefined) {
    if (!isIP(network) || !isIP(host)) return false
    const list = new BlockList()
    list.addSubnet(network, Number(bits), family(network))
    return list.check(host, family(host))
  }
  return host === entry || host.endsWith(`.${entry.replace(/^\./, '')}`)
}

/** The proxy that the environment asks for, as kubectl reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
export function proxyFor(server: URL, environment: NodeJS.ProcessEnv): string | undefined {
  const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = environment[variable] || environment[variable.toLowerCase()]
  if (!proxy) return undefined
  const host = server.hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined
  const exempt = (environment['NO_PROXY'] || environment['no_proxy'] || '').split(',')
  return exempt.map(entry => entry.trim()).some(entry => entry !== '' && spares(entry, host))
    ? undefined
    : proxy
}
