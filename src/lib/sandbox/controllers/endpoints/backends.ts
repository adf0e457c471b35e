import type {ObjectReference, Pod, Service, ServicePort} from 'kubernetes-types/core/v1.d.ts'
import {matchesPairs} from '../../selector.ts'
import {isDeleting, nameOf, namespaceOf} from '../identity.ts'
import {isFailed, isReady, isSucceeded} from '../podstate.ts'

export const headlessLabel = 'service.kubernetes.io/headless'
export const lastChange = 'endpoints.kubernetes.io/last-change-trigger-time'
export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

export const isHeadless = (service: Service): boolean => {
  const address = service.spec?.clusterIP
  return address === 'None' || address === undefined || address === ''
}

/** A Service whose endpoints are the pods it selects; others have theirs written by somebody else. */
export const selectsPods = (service: Service): boolean =>
  service.spec?.selector !== undefined &&
  Object.keys(service.spec.selector).length > 0 &&
  service.spec.type !== 'ExternalName'

export const selects = (service: Service, labels: Readonly<Record<string, string>>): boolean =>
  selectsPods(service) && matchesPairs(service.spec?.selector ?? {})(labels)

/** A pod has its place among the endpoints while it has an address and its containers may still run. */
export function isBackend(pod: Pod, includeTerminating: boolean): boolean {
  if (isFailed(pod) || isSucceeded(pod) || !pod.status?.podIP) return false
  return includeTerminating || !isDeleting(pod)
}

/** Its name in the headless Service's domain, when it has one there. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  const {hostname, subdomain} = pod.spec ?? {}
  return hostname && subdomain === nameOf(service) ? hostname : undefined
}

export const targetOf = (pod: Pod): ObjectReference => ({
  kind: 'Pod',
  namespace: namespaceOf(pod),
  name: nameOf(pod),
  ...(pod.metadata?.uid === undefined ? {} : {uid: pod.metadata.uid}),
})

export interface BackendPort {
  name: string
  protocol: string
  port: number
  appProtocol?: string
}

/** The Service's ports as this pod serves them; a named port that the pod lacks is left out. */
export function portsOf(service: Service, pod: Pod): BackendPort[] {
  return (service.spec?.ports ?? []).flatMap(port => {
    const number = targetPort(port, pod)
    if (number === undefined) return []
    const {name = '', protocol = 'TCP', appProtocol} = port
    return [{name, protocol, port: number, ...(appProtocol === undefined ? {} : {appProtocol})}]
  })
}

function targetPort({targetPort: target, port, protocol = 'TCP'}: ServicePort, pod: Pod): number | undefined {
  if (target === undefined || target === 0 || target === '') return port
  if (typeof target === 'number') return target
  const sidecars = (pod.spec?.initContainers ?? []).filter(({restartPolicy}) => restartPolicy === 'Always')
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = container.ports?.find(each => each.name === target && (each.protocol ?? 'TCP') === protocol)
    if (found) return found.containerPort
  }
  return undefined
}

/** Ready as an endpoint: the pod is, or the Service publishes addresses whether they are or not. */
export const isPublished = (service: Service, pod: Pod): boolean =>
  service.spec?.publishNotReadyAddresses === true || isReady(pod)
