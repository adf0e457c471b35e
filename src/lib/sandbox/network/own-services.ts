import type {Endpoints, Service} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import type {Addresses} from '../ports.ts'
import type {KubeObject, Registry, ResourceType} from '../registry.ts'
import {endpointSlices, endpoints, services} from '../resources.ts'

const serviceName = 'kubernetes.io/service-name'
const managedBy = 'endpointslice.kubernetes.io/managed-by'

export interface OwnPorts {
  api: number
  dns: number
}

/** Where the control plane itself answers: the Services `kubernetes` and `kube-dns`, and what is behind them. */
export function publishOwnServices(registry: Registry, addresses: Addresses, ports: OwnPorts): void {
  const api = {namespace: 'default', name: 'kubernetes'}
  const apiLabels = {component: 'apiserver', provider: 'kubernetes'}
  const apiPorts = [{name: 'https', port: ports.api, protocol: 'TCP'}]
  write<Service>(registry, services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {...api, labels: apiLabels},
    spec: {
      type: 'ClusterIP',
      clusterIP: addresses.apiServiceIp,
      clusterIPs: [addresses.apiServiceIp],
      ports: [{name: 'https', port: 443, protocol: 'TCP', targetPort: ports.api}],
    },
  })
  write<Endpoints>(registry, endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {...api, labels: {'endpointslice.kubernetes.io/skip-mirror': 'true'}},
    subsets: [{addresses: [{ip: addresses.bridgeIp}], ports: apiPorts}],
  })
  write(registry, endpointSlices, slice(api, addresses, apiPorts))

  const dns = {namespace: 'kube-system', name: 'kube-dns'}
  const dnsPorts = [
    {name: 'dns', port: ports.dns, protocol: 'UDP'},
    {name: 'dns-tcp', port: ports.dns, protocol: 'TCP'},
  ]
  write<Service>(registry, services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {...dns, labels: {'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS'}},
    spec: {
      type: 'ClusterIP',
      clusterIP: addresses.dnsServiceIp,
      clusterIPs: [addresses.dnsServiceIp],
      ports: dnsPorts.map(port => ({...port, port: 53, targetPort: ports.dns})),
    },
  })
  write(registry, endpointSlices, slice(dns, addresses, dnsPorts))
}

function slice(
  service: {namespace: string; name: string},
  addresses: Addresses,
  ports: EndpointSlice['ports'] & object,
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {...service, labels: {[serviceName]: service.name, [managedBy]: 'sandbox.pgk'}},
    addressType: 'IPv4',
    ports,
    endpoints: [{addresses: [addresses.bridgeIp], conditions: {ready: true}}],
  }
}

/** Creates, or puts back what somebody changed; the server's own fields stay. */
function write<T extends KubeObject>(registry: Registry, type: ResourceType<T>, object: T): void {
  const {namespace, name = ''} = object.metadata ?? {}
  if (registry.get(type, namespace, name) === undefined) registry.create(type, object)
  else registry.modify(type, namespace, name, draft => mergeInto(draft, object))
}

function mergeInto(draft: object, wanted: object): void {
  for (const [key, value] of Object.entries(wanted)) {
    const before: unknown = Reflect.get(draft, key)
    if (isPlain(before) && isPlain(value)) mergeInto(before, value)
    else Reflect.set(draft, key, structuredClone(value))
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
