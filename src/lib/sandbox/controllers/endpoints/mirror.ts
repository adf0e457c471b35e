import type {EndpointAddress, EndpointPort, Endpoints, Service} from 'kubernetes-types/core/v1.d.ts'
import type {Endpoint} from 'kubernetes-types/discovery/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {endpointSlices, endpoints, services} from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {annotationsOf, isDeleting, labelsOf, nameOf, namespaceOf, splitKey} from '../identity.ts'
import {controllerReference} from '../ownership.ts'
import type {BackendPort} from './backends.ts'
import {lastApplied, lastChange} from './backends.ts'
import type {Group} from './reconcile.ts'
import {managedByLabel, reconcileSlices, serviceNameLabel, slicesOf} from './reconcile.ts'

const mirrorManager = 'endpointslicemirroring-controller.k8s.io'
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'

/** Copies the Endpoints of Services without a selector, which others write, into EndpointSlices. */
export function startMirroring(context: ControllerContext): Stop {
  const {registry} = context
  return runController(context, {
    name: 'endpointslicemirroring',
    sources: [
      subject(registry, endpoints),
      subject(registry, services),
      source(registry, endpointSlices, slice => {
        const labels = labelsOf(slice)
        const service = labels[serviceNameLabel]
        if (labels[managedByLabel] !== mirrorManager || service === undefined) return []
        return [`${namespaceOf(slice)}/${service}`]
      }),
    ],
    sync: key => {
      const {namespace, name} = splitKey(key)
      const object = registry.get(endpoints, namespace, name)
      const service = registry.get(services, namespace, name)
      if (object && service && isMirrored(object, service)) write(registry, object)
      else drop(registry, namespace, name)
    },
  })
}

const isMirrored = (object: Endpoints, service: Service): boolean =>
  !service.spec?.selector &&
  !isDeleting(object) &&
  labelsOf(object)[skipLabel] !== 'true' &&
  annotationsOf(object)[leaderAnnotation] === undefined

function drop(registry: Registry, namespace: string, name: string): void {
  for (const slice of slicesOf(registry, namespace, name, mirrorManager)) {
    registry.delete(endpointSlices, namespace, nameOf(slice))
  }
}

function write(registry: Registry, object: Endpoints): void {
  const {[lastApplied]: _applied, [lastChange]: _changed, ...annotations} = annotationsOf(object)
  const {[managedByLabel]: _m, [serviceNameLabel]: _s, ...labels} = labelsOf(object)
  reconcileSlices(registry, {
    namespace: namespaceOf(object),
    service: nameOf(object),
    manager: mirrorManager,
    labels,
    annotations,
    owner: controllerReference(endpoints, object),
    groups: mirroredGroups(object),
  })
}

/** Pure: the subsets as groups of endpoints; an address that appears twice counts once. */
export function mirroredGroups({subsets = []}: Endpoints): Group[] {
  const groups = new Map<string, {group: Group; seen: Set<string>}>()
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(mirroredPort)
    const key = JSON.stringify(ports)
    const entry = groups.get(key) ?? {group: {ports, endpoints: []}, seen: new Set<string>()}
    groups.set(key, entry)
    const put = (address: EndpointAddress, ready: boolean): void => {
      if (entry.seen.has(address.ip)) return
      entry.seen.add(address.ip)
      entry.group.endpoints.push(mirroredEndpoint(address, ready))
    }
    for (const address of subset.addresses ?? []) put(address, true)
    for (const address of subset.notReadyAddresses ?? []) put(address, false)
  }
  return Array.from(groups.values(), ({group}) => group).filter(({endpoints: each}) => each.length > 0)
}

const mirroredPort = ({name = '', protocol = 'TCP', port, appProtocol}: EndpointPort): BackendPort => ({
  name,
  protocol,
  port,
  ...(appProtocol === undefined ? {} : {appProtocol}),
})

const mirroredEndpoint = (
  {ip, hostname, nodeName, targetRef}: EndpointAddress,
  ready: boolean,
): Endpoint => ({
  addresses: [ip],
  conditions: {ready},
  ...(hostname ? {hostname} : {}),
  ...(nodeName ? {nodeName} : {}),
  ...(targetRef ? {targetRef} : {}),
})
