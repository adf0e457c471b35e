import {writeFile} from 'node:fs/promises'
import type {Addresses} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {registryZone, startDns} from './dns/server.ts'
import {hostNameServers} from './dns/upstream.ts'
import {openFirewall} from './firewall.ts'
import {type KeptRules, loadRules} from './keep-rules.ts'
import {bridgeName, enableForwarding, ensureBridge, writePodNetwork} from './links.ts'
import {publishOwnServices} from './own-services.ts'
import {startNetworkPolicies} from './policies/keep.ts'
import {startServiceProxy} from './proxy.ts'

/** Not 53: something on this machine may serve that on all addresses. The Service translates. */
const dnsPort = 10_053

export interface NetworkRequest {
  sandbox: string
  addresses: Addresses
  /** Folder of containerd's CNI networks. */
  networks: string
  /** Where addresses in use are noted. */
  leases: string
  /** A file to leave as the sign that the kernel did not route before. */
  forwardingNote: string
}

/** What pods and the API server need before anything listens: the bridge, its address, the pods' network. */
export async function prepareNetwork(request: NetworkRequest): Promise<void> {
  const link = bridgeName(request.sandbox)
  await ensureBridge(link, request.addresses)
  await writePodNetwork(request.networks, link, {
    podRange: request.addresses.podRange,
    leases: request.leases,
  })
  await openFirewall(request.sandbox, request.addresses.podRange)
  if (await enableForwarding()) await writeFile(request.forwardingNote, '')
}

export interface RunningNetwork {
  proxy: KeptRules
  stop(): Promise<void>
}

export interface ServeRequest {
  sandbox: string
  registry: Registry
  addresses: Addresses
  apiPort: number
  log: (message: string) => void
}

/** Serves names and Service addresses. */
export async function serveNetwork(request: ServeRequest): Promise<RunningNetwork> {
  const {sandbox, registry, addresses, log} = request
  const dns = await startDns({
    source: registryZone(registry, addresses.clusterDomain),
    address: addresses.bridgeIp,
    port: dnsPort,
    upstream: await hostNameServers(),
  })
  publishOwnServices(registry, addresses, {api: request.apiPort, dns: dns.port})
  const proxy = startServiceProxy({sandbox, registry, addresses, load: loadRules, log})
  const policies = startNetworkPolicies({sandbox, registry, load: loadRules, log})
  await Promise.all([proxy.settled(), policies.settled()])
  return {
    proxy,
    async stop() {
      proxy.stop()
      policies.stop()
      await dns.stop()
    },
  }
}
