import type {Node, Pod, Service} from 'kubernetes-types/core/v1.d.ts'
import type {Endpoint} from 'kubernetes-types/discovery/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {endpointSlices, nodes, pods, services} from '../../resources.ts'
import type {Clock} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {controllerReference} from '../ownership.ts'
import {isReady} from '../podstate.ts'
import * as backends from './backends.ts'
import {servicesOf} from './endpoints.ts'
import type {Group} from './reconcile.ts'
import {managedByLabel, reconcileSlices, serviceNameLabel} from './reconcile.ts'

export const sliceManager = 'endpointslice-controller.k8s.io'
const zoneLabel = 'topology.kubernetes.io/zone'

/** Writes the EndpointSlices of every Service with a selector. Garbage collection takes them with it. */
export function startEndpointSlices(context: ControllerContext): Stop {
  const {registry, clock} = context
  return runController(context, {
    name: 'endpointslice',
    sources: [
      subject(registry, services),
      source(registry, pods, pod => servicesOf(registry, pod)),
      source(registry, endpointSlices, slice => ownKeys(slice.metadata?.namespace, labelsOf(slice))),
    ],
    sync: key => {
      const {namespace, name} = splitKey(key)
      const service = registry.get(services, namespace, name)
      if (service && backends.selectsPods(service) && !isDeleting(service)) write(registry, clock, service)
    },
  })
}

function ownKeys(namespace: string | undefined, labels: Readonly<Record<string, string>>): string[] {
  const service = labels[serviceNameLabel]
  return labels[managedByLabel] === sliceManager && service !== undefined ? [`${namespace}/${service}`] : []
}

function write(registry: Registry, clock: Clock, service: Service): void {
  const namespace = namespaceOf(service)
  const selected = registry.list(pods, {namespace}).filter(pod => backends.selects(service, labelsOf(pod)))
  const groups = groupsOf(service, selected, name => registry.get(nodes, undefined, name))
  const {[managedByLabel]: _m, [serviceNameLabel]: _s, ...labels} = labelsOf(service)
  reconcileSlices(registry, {
    namespace,
    service: nameOf(service),
    manager: sliceManager,
    labels: {...labels, ...(backends.isHeadless(service) ? {[backends.headlessLabel]: ''} : {})},
    annotations: {},
    owner: controllerReference(services, service),
    // A Service without endpoints has one empty slice, so that everybody can tell it was looked at.
    groups: groups.length > 0 ? groups : [{ports: [], endpoints: []}],
    changed: clock.now().toISOString(),
  })
}

/** Pure: endpoints grouped by the ports that their pods serve. Pods on their way out still count. */
export function groupsOf(
  service: Service,
  selected: readonly Pod[],
  nodeNamed: (name: string) => Node | undefined,
): Group[] {
  const groups = new Map<string, Group>()
  for (const pod of selected) {
    if (!backends.isBackend(pod, true)) continue
    const ports = backends.portsOf(service, pod)
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? {ports, endpoints: []}
    groups.set(key, group)
    group.endpoints.push(endpointOf(service, pod, nodeNamed))
  }
  return [...groups.values()]
}

function endpointOf(service: Service, pod: Pod, nodeNamed: (name: string) => Node | undefined): Endpoint {
  const serving = isReady(pod)
  const terminating = isDeleting(pod)
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const hostname = backends.hostnameIn(service, pod)
  const nodeName = pod.spec?.nodeName
  const node = nodeName === undefined ? undefined : nodeNamed(nodeName)
  const zone = node && labelsOf(node)[zoneLabel]
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {ready, serving, terminating},
    ...(hostname === undefined ? {} : {hostname}),
    targetRef: backends.targetOf(pod),
    ...(nodeName === undefined ? {} : {nodeName}),
    ...(zone === undefined ? {} : {zone}),
  }
}
