import type {Endpoint, EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import type {OwnerReference} from 'kubernetes-types/meta/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {endpointSlices} from '../../resources.ts'
import {annotationsOf, isDeleting, labelsOf, nameOf} from '../identity.ts'
import {canonicalJson} from '../revisionhash.ts'
import type {BackendPort} from './backends.ts'
import {lastChange} from './backends.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** Endpoints that serve the same ports. */
export interface Group {
  ports: BackendPort[]
  endpoints: Endpoint[]
}

export interface WantedSlices {
  namespace: string
  /** Name of the Service. */
  service: string
  manager: string
  labels: Record<string, string>
  annotations: Record<string, string>
  owner: OwnerReference
  groups: Group[]
  /** Time of the change, noted on every slice that is written. */
  changed?: string
}

const endpointsPerSlice = 100

/** Makes the slices of one Service and one manager be exactly what is wanted, reusing those that exist. */
export function reconcileSlices(registry: Registry, wanted: WantedSlices): void {
  const existing = slicesOf(registry, wanted.namespace, wanted.service, wanted.manager)
  const chunks = wanted.groups.flatMap(chunked)
  const reused = new Set<EndpointSlice>()
  const missing: Group[] = []
  for (const chunk of chunks) {
    const same = existing.find(slice => !reused.has(slice) && servesPorts(slice, chunk.ports))
    if (!same) {
      missing.push(chunk)
      continue
    }
    reused.add(same)
    updateSlice(registry, same, wanted, chunk)
  }
  for (const chunk of missing) {
    const spare = existing.find(slice => !reused.has(slice))
    if (spare) {
      reused.add(spare)
      updateSlice(registry, spare, wanted, chunk)
    } else registry.create(endpointSlices, newSlice(wanted, chunk))
  }
  for (const slice of existing) {
    if (!reused.has(slice)) registry.delete(endpointSlices, wanted.namespace, nameOf(slice))
  }
}

export const slicesOf = (
  registry: Registry,
  namespace: string,
  service: string,
  manager: string,
): EndpointSlice[] =>
  registry
    .list(endpointSlices, {
      namespace,
      labels: [
        {key: serviceNameLabel, operator: 'In', values: [service]},
        {key: managedByLabel, operator: 'In', values: [manager]},
      ],
    })
    .filter(slice => !isDeleting(slice))

function chunked({ports, endpoints}: Group): Group[] {
  if (endpoints.length <= endpointsPerSlice) return [{ports, endpoints}]
  const count = Math.ceil(endpoints.length / endpointsPerSlice)
  return Array.from({length: count}, (_, index) => {
    const from = index * endpointsPerSlice
    return {ports, endpoints: endpoints.slice(from, from + endpointsPerSlice)}
  })
}

const servesPorts = (slice: EndpointSlice, ports: BackendPort[]): boolean =>
  canonicalJson(slice.ports ?? []) === canonicalJson(ports)

function metadataFor({labels, service, manager, annotations, changed}: WantedSlices) {
  return {
    labels: {...labels, [serviceNameLabel]: service, [managedByLabel]: manager},
    annotations: changed === undefined ? annotations : {...annotations, [lastChange]: changed},
  }
}

function newSlice(wanted: WantedSlices, {ports, endpoints}: Group): EndpointSlice {
  const {labels, annotations} = metadataFor(wanted)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${wanted.service}-`,
      namespace: wanted.namespace,
      labels,
      ...(Object.keys(annotations).length > 0 ? {annotations} : {}),
      ownerReferences: [wanted.owner],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  }
}

function withoutTime(slice: EndpointSlice): Record<string, string> {
  const {[lastChange]: _, ...rest} = annotationsOf(slice)
  return rest
}

function updateSlice(registry: Registry, slice: EndpointSlice, wanted: WantedSlices, chunk: Group): void {
  const {labels, annotations} = metadataFor(wanted)
  const same =
    canonicalJson([slice.endpoints ?? [], slice.ports ?? [], labelsOf(slice), withoutTime(slice)]) ===
    canonicalJson([chunk.endpoints, chunk.ports, labels, wanted.annotations])
  if (same) return
  registry.modify(endpointSlices, wanted.namespace, nameOf(slice), draft => {
    draft.endpoints = chunk.endpoints
    draft.ports = chunk.ports
    const {annotations: _, ...metadata} = draft.metadata ?? {}
    draft.metadata = {...metadata, labels, ...(Object.keys(annotations).length > 0 ? {annotations} : {})}
  })
}
