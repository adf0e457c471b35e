import type {EndpointAddress, EndpointSubset, Endpoints, Pod, Service} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {endpoints, pods, services} from '../../resources.ts'
import type {Clock} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source} from '../controller.ts'
import {annotationsOf, keyOf, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {canonicalJson} from '../revisionhash.ts'
import type {BackendPort} from './backends.ts'
import * as backends from './backends.ts'

const managedBy = 'endpoints.kubernetes.io/managed-by'
const manager = 'endpoint-controller'

/** Writes the Endpoints of every Service with a selector, and deletes those of a deleted Service. */
export function startEndpoints(context: ControllerContext): Stop {
  const {registry, clock} = context
  const bereft = new Set<string>(leftovers(registry))
  return runController(context, {
    name: 'endpoints',
    sources: [
      source(registry, services, (service, change) => {
        if (change?.type === 'DELETED') bereft.add(keyOf(service))
        return [keyOf(service)]
      }),
      source(registry, pods, pod => servicesOf(registry, pod)),
      source(registry, endpoints, (object, change) => {
        // Others' Endpoints may have no Service at all; they are none of this controller's business.
        return registry.get(services, namespaceOf(object), nameOf(object)) && change ? [keyOf(object)] : []
      }),
      {watch: () => () => {}, initial: () => bereft},
    ],
    sync: key => {
      const {namespace, name} = splitKey(key)
      const service = registry.get(services, namespace, name)
      const orphaned = bereft.delete(key)
      if (service) {
        if (backends.selectsPods(service)) write(registry, clock, service)
      } else if (orphaned && registry.get(endpoints, namespace, name)) {
        registry.delete(endpoints, namespace, name)
      }
    },
  })
}

/** Own Endpoints whose Service went away while nobody was watching. */
const leftovers = (registry: Registry): string[] =>
  registry
    .list(endpoints)
    .filter(each => labelsOf(each)[managedBy] === manager)
    .filter(each => !registry.get(services, namespaceOf(each), nameOf(each)))
    .map(keyOf)

export const servicesOf = (registry: Registry, pod: Pod): string[] =>
  registry
    .list(services, {namespace: namespaceOf(pod)})
    .filter(service => backends.selects(service, labelsOf(pod)))
    .map(keyOf)

function write(registry: Registry, clock: Clock, service: Service): void {
  const namespace = namespaceOf(service)
  const selected = registry.list(pods, {namespace}).filter(pod => backends.selects(service, labelsOf(pod)))
  const subsets = subsetsOf(service, selected)
  const labels = {
    ...labelsOf(service),
    [managedBy]: manager,
    ...(backends.isHeadless(service) ? {[backends.headlessLabel]: ''} : {}),
  }
  const existing = registry.get(endpoints, namespace, nameOf(service))
  const annotations = {...annotationsOf(existing ?? {}), [backends.lastChange]: clock.now().toISOString()}
  if (!existing) {
    const metadata = {name: nameOf(service), namespace, labels, annotations}
    registry.create<Endpoints>(endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      ...(subsets.length > 0 ? {subsets} : {}),
    })
    return
  }
  const same =
    canonicalJson([labelsOf(existing), existing.subsets ?? []]) === canonicalJson([labels, subsets])
  if (same) return
  registry.modify(endpoints, namespace, nameOf(service), draft => {
    draft.metadata = {...draft.metadata, labels, annotations}
    if (subsets.length > 0) draft.subsets = subsets
    else delete draft.subsets
  })
}

/** Pure: addresses grouped by the ports that their pods serve. Pods are in the order of their names. */
export function subsetsOf(service: Service, selected: readonly Pod[]): EndpointSubset[] {
  const groups = new Map<
    string,
    {ports: BackendPort[]; ready: EndpointAddress[]; waiting: EndpointAddress[]}
  >()
  const includeTerminating = service.spec?.publishNotReadyAddresses === true
  for (const pod of selected) {
    if (!backends.isBackend(pod, includeTerminating)) continue
    const ports = backends.portsOf(service, pod)
    if (ports.length === 0 && (service.spec?.ports?.length ?? 0) > 0) continue
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? {ports, ready: [], waiting: []}
    groups.set(key, group)
    const side = backends.isPublished(service, pod) ? group.ready : group.waiting
    side.push(addressOf(service, pod))
  }
  return Array.from(groups.values(), ({ports, ready, waiting}) => ({
    ...(ready.length > 0 ? {addresses: ready} : {}),
    ...(waiting.length > 0 ? {notReadyAddresses: waiting} : {}),
    ...(ports.length > 0 ? {ports: ports.map(({name, ...rest}) => (name ? {name, ...rest} : rest))} : {}),
  }))
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const hostname = backends.hostnameIn(service, pod)
  const nodeName = pod.spec?.nodeName
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname === undefined ? {} : {hostname}),
    ...(nodeName === undefined ? {} : {nodeName}),
    targetRef: backends.targetOf(pod),
  }
}
