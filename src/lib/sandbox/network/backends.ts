import type {Service, ServicePort} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'

/** One port of a Service with an address of its own, and where its connections go. */
export interface Frontend {
  /** `NAMESPACE/NAME:PORT`, for people who read the rules. */
  service: string
  address: string
  protocol: 'tcp' | 'udp'
  port: number
  nodePort?: number
  /** `ClientIP` affinity: how long a client keeps its backend, seconds. */
  affinitySeconds?: number
  backends: Backend[]
}

export interface Backend {
  address: string
  port: number
}

/** What a proxy has to make true: every port of every Service that has an address, sorted by name. */
export function frontends(services: readonly Service[], slices: readonly EndpointSlice[]): Frontend[] {
  const byService = Map.groupBy(slices, slice => serviceKey(slice) ?? '')
  return services
    .flatMap(service => {
      const address = service.spec?.clusterIP
      if (!address || address === 'None' || service.spec?.type === 'ExternalName') return []
      const key = `${service.metadata?.namespace}/${service.metadata?.name}`
      const ports = service.spec?.ports ?? []
      return ports.flatMap(port => frontend(service, port, byService.get(key) ?? []) ?? [])
    })
    .sort((one, other) => (one.service < other.service ? -1 : 1))
}

function frontend(
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
): Frontend | undefined {
  const protocol = protocolOf(port.protocol)
  if (protocol === undefined) return undefined
  const {namespace, name} = service.metadata ?? {}
  const affinity = service.spec?.sessionAffinity === 'ClientIP'
  return {
    service: `${namespace}/${name}:${port.name ?? port.port}`,
    address: service.spec?.clusterIP ?? '',
    protocol,
    port: port.port,
    ...(port.nodePort ? {nodePort: port.nodePort} : {}),
    ...(affinity
      ? {affinitySeconds: service.spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800}
      : {}),
    backends: slices.flatMap(slice => backendsOf(slice, port, protocol)).sort(byAddress),
  }
}

/** The ready endpoints; when there are none, those that still serve while they terminate. */
function backendsOf(slice: EndpointSlice, port: ServicePort, protocol: 'tcp' | 'udp'): Backend[] {
  if (slice.addressType !== 'IPv4') return []
  const target = slice.ports?.find(
    entry => (entry.name ?? '') === (port.name ?? '') && protocolOf(entry.protocol) === protocol,
  )
  const number = target?.port
  if (number === undefined) return []
  const ready = slice.endpoints.filter(endpoint => endpoint.conditions?.ready !== false)
  return ready.flatMap(({addresses}) =>
    addresses[0] === undefined ? [] : [{address: addresses[0], port: number}],
  )
}

/** Which Service a slice belongs to. */
export function serviceKey(slice: EndpointSlice): string | undefined {
  const name = slice.metadata?.labels?.['kubernetes.io/service-name']
  return name === undefined ? undefined : `${slice.metadata?.namespace}/${name}`
}

function protocolOf(protocol: string | undefined): 'tcp' | 'udp' | undefined {
  if (protocol === undefined || protocol === 'TCP') return 'tcp'
  return protocol === 'UDP' ? 'udp' : undefined
}

function byAddress(one: Backend, other: Backend): number {
  return one.address < other.address ? -1 : 1
}
