import type {Namespace, Service, ServicePort} from 'kubernetes-types/core/v1.d.ts'
import type {Endpoint, EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'

/** The objects that cluster DNS is made of, read anew for each question: an answer is never stale. */
export interface ZoneSource {
  domain: string
  namespace(name: string): Namespace | undefined
  service(namespace: string, name: string): Service | undefined
  services(): readonly Service[]
  /** The slices of one Service. */
  slices(namespace: string, service: string): readonly EndpointSlice[]
}

export interface Target {
  /** Full name without the last dot. */
  name: string
  port: number
  address: string
}

/** What a name stands for. `undefined` is a name that does not exist; an empty node exists without records. */
export interface ZoneNode {
  addresses: string[]
  targets: Target[]
  alias?: string
  text?: string
}

const nothing: ZoneNode = {addresses: [], targets: []}

/** Looks up a name of the cluster's domain, in lower case and without the last dot. */
export function lookUp(source: ZoneSource, name: string): ZoneNode | undefined {
  if (name === source.domain) return nothing
  const labels = name
    .slice(0, -source.domain.length - 1)
    .split('.')
    .reverse()
  const [tree, ...rest] = labels
  if (tree === 'svc') return serviceTree(source, rest)
  if (tree === 'pod') return podTree(source, rest)
  if (tree === 'dns-version' && rest.length === 0) return {...nothing, text: '1.1.0'}
  return undefined
}

/** `labels` are what stands before `svc`, last first: namespace, service, then endpoint or port. */
function serviceTree(source: ZoneSource, labels: readonly string[]): ZoneNode | undefined {
  const [namespace, name, ...rest] = labels
  if (namespace === undefined) return nothing
  if (name === undefined) return source.namespace(namespace) && nothing
  const service = source.service(namespace, name)
  if (service === undefined) return undefined
  const full = `${name}.${namespace}.svc.${source.domain}`
  if (service.spec?.type === 'ExternalName') {
    return rest.length === 0 ? {...nothing, alias: service.spec.externalName ?? ''} : undefined
  }
  const headless = service.spec?.clusterIP === 'None'
  const all = headless ? endpointTargets(source, service, full) : ownTargets(service, full)
  if (rest.length === 0) return node(all)
  const [first = '', second] = rest
  if (rest.length === 1 && !first.startsWith('_')) {
    const host = `${first}.${full}`
    return node(endpointTargets(source, service, full).filter(({target}) => target.name === host))
  }
  if (rest.length === 1) return all.some(({protocol}) => `_${protocol}` === first) ? nothing : undefined
  if (rest.length > 2) return undefined
  const ports = all.filter(({protocol, portName}) => `_${protocol}` === first && `_${portName}` === second)
  return ports.length === 0 ? undefined : {addresses: [], targets: ports.map(({target}) => target)}
}

interface PortTarget {
  target: Target
  portName: string
  protocol: string
}

function node(found: readonly PortTarget[]): ZoneNode | undefined {
  if (found.length === 0) return undefined
  const targets = found.map(({target}) => target)
  return {addresses: [...new Set(targets.map(({address}) => address))], targets}
}

function ownTargets(service: Service, full: string): PortTarget[] {
  const address = service.spec?.clusterIP ?? ''
  return (service.spec?.ports ?? []).map(port => portTarget(full, address, port.port, port))
}

/** One for each endpoint and port; an endpoint of a Service without ports still has an address. */
function endpointTargets(source: ZoneSource, service: Service, full: string): PortTarget[] {
  const {namespace = '', name = ''} = service.metadata ?? {}
  return source.slices(namespace, name).flatMap(slice =>
    slice.endpoints.filter(isReady).flatMap(endpoint => {
      const address = endpoint.addresses[0]
      if (address === undefined || slice.addressType !== 'IPv4') return []
      const host = `${endpointLabel(endpoint, address)}.${full}`
      const ports = slice.ports?.length ? slice.ports : [{port: 0}]
      return ports.map(port => portTarget(host, address, port.port ?? 0, port))
    }),
  )
}

function portTarget(
  name: string,
  address: string,
  number: number,
  port: Pick<ServicePort, 'name' | 'protocol'>,
): PortTarget {
  const protocol = (port.protocol ?? 'TCP').toLowerCase()
  return {target: {name, address, port: number}, portName: port.name ?? '', protocol}
}

/** An unknown readiness counts as ready. Services that publish all endpoints mark all as ready. */
function isReady(endpoint: Endpoint): boolean {
  return endpoint.conditions?.ready !== false
}

function endpointLabel(endpoint: Endpoint, address: string): string {
  return endpoint.hostname ?? address.replaceAll('.', '-')
}

/** `10-1-2-3.NAMESPACE.pod`: the address that the name spells, whether or not a pod has it. */
function podTree(source: ZoneSource, labels: readonly string[]): ZoneNode | undefined {
  const [namespace, dashed, ...rest] = labels
  if (namespace === undefined) return nothing
  if (rest.length > 0 || source.namespace(namespace) === undefined) return undefined
  if (dashed === undefined) return nothing
  if (!/^\d{1,3}(-\d{1,3}){3}$/.test(dashed)) return undefined
  return {...nothing, addresses: [dashed.replaceAll('-', '.')]}
}

/** The names that an address has: of the Service that owns it, or of the endpoints of headless Services. */
export function reverseLookUp(source: ZoneSource, address: string): string[] {
  const names = source.services().flatMap(service => {
    const {namespace = '', name = ''} = service.metadata ?? {}
    const full = `${name}.${namespace}.svc.${source.domain}`
    if (service.spec?.clusterIP === address) return [full]
    if (service.spec?.clusterIP !== 'None') return []
    return endpointTargets(source, service, full)
      .filter(({target}) => target.address === address)
      .map(({target}) => target.name)
  })
  return [...new Set(names)]
}
