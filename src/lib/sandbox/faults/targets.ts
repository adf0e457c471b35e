import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {notFoundError, refusedError, usageError} from '../../errors.ts'
import type {Registry} from '../registry.ts'
import {nodes, persistentVolumeClaims, persistentVolumes, pods} from '../resources.ts'
import type {Place} from './fault.ts'

const listing = ['kubectl get pods -A -o wide']

/** The pod of this name; without a namespace the only one that has it. */
export function findPod(registry: Registry, {namespace, pod: name}: {namespace?: string; pod: string}): Pod {
  const found = registry
    .list(pods, namespace === undefined ? {} : {namespace})
    .filter(pod => pod.metadata?.name === name)
  const [first, second] = found
  if (first === undefined) {
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`
    throw notFoundError('POD_NOT_FOUND', `there is no pod ${name}${where}`, {hints: listing})
  }
  if (second === undefined) return first
  throw usageError('POD_AMBIGUOUS', `several namespaces have a pod ${name}`, {
    hints: found.map(pod => `-n ${pod.metadata?.namespace}`),
  })
}

export function requireNode(registry: Registry, name: string): void {
  if (registry.get(nodes, undefined, name)) return
  const known = registry.list(nodes).map(node => node.metadata?.name ?? '')
  throw notFoundError('NODE_NOT_FOUND', `there is no node ${name}`, {hints: [`Nodes: ${known.join(', ')}`]})
}

/** The pods that a place means now. A pod that is gone for the moment is none. */
export function podsAt(registry: Registry, {namespace, pod: name, node}: Place): Pod[] {
  return registry.list(pods, namespace === undefined ? {} : {namespace}).filter(pod => {
    if (pod.spec?.hostNetwork) return false
    return name === undefined ? pod.spec?.nodeName === node : pod.metadata?.name === name
  })
}

/** The addresses of these pods' network links; finished pods have none. */
export const addressesOf = (found: readonly Pod[]): string[] =>
  found
    .filter(({status}) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .flatMap(({status}) => status?.podIP ?? [])

/** The place with its namespace, checked to exist. */
export function settlePlace(registry: Registry, place: Place): Place {
  const {pod, node} = place
  if ((pod === undefined) === (node === undefined)) {
    throw usageError('FAULT_PLACE', 'name either a pod or a node', {hints: ['POD, or --node NODE']})
  }
  if (node !== undefined) {
    requireNode(registry, node)
    return {node}
  }
  const found = findPod(registry, {...place, pod: pod ?? ''})
  if (found.spec?.hostNetwork) {
    throw refusedError(
      'POD_HOST_NETWORK',
      `the pod ${pod} uses the machine’s own network, which stays as it is`,
    )
  }
  return {namespace: found.metadata?.namespace ?? '', pod: pod ?? ''}
}

/** The control group of a pod below the sandbox's own. */
export const podGroup = (root: string, pod: Pod): string => `${root}/pod${pod.metadata?.uid}`

/** The control group of a running container; the pod's first one where none is named. */
export function containerGroup(root: string, pod: Pod, named: string | undefined): string {
  const name = named ?? pod.spec?.containers[0]?.name
  const all = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  const status = all.find(each => each.name === name)
  if (status === undefined) {
    throw notFoundError('CONTAINER_NOT_FOUND', `the pod ${pod.metadata?.name} has no container ${name}`, {
      hints: [`Containers: ${all.map(each => each.name).join(', ')}`],
    })
  }
  const id = status.containerID?.split('//')[1]
  if (status.state?.running !== undefined && id !== undefined) return `${podGroup(root, pod)}/${id}`
  throw refusedError(
    'CONTAINER_NOT_RUNNING',
    `the container ${name} of pod ${pod.metadata?.name} does not run`,
    {
      hints: [`kubectl describe pod ${pod.metadata?.name} -n ${pod.metadata?.namespace}`],
    },
  )
}

/** Where a pod's persistent volume lies; its first one where no claim is named. */
export function volumePath(registry: Registry, pod: Pod, claim: string | undefined): string {
  const names = (pod.spec?.volumes ?? []).flatMap(each => each.persistentVolumeClaim?.claimName ?? [])
  const name = claim ?? names[0]
  if (name === undefined || !names.includes(name)) {
    throw notFoundError('CLAIM_NOT_FOUND', `the pod ${pod.metadata?.name} has no such volume`, {
      hints: names.length === 0 ? ['It has no persistent volume.'] : [`--claim: ${names.join(', ')}`],
    })
  }
  const bound = registry.get(persistentVolumeClaims, pod.metadata?.namespace, name)
  const volume = registry.get(persistentVolumes, undefined, bound?.spec?.volumeName ?? '')
  const path = volume?.spec?.local?.path
  if (path !== undefined) return path
  throw refusedError('CLAIM_NOT_BOUND', `the claim ${name} has no volume of this machine`, {
    hints: [`kubectl get pvc ${name} -n ${pod.metadata?.namespace}`],
  })
}
