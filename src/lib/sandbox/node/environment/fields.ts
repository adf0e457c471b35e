import type {Container, Pod, ResourceFieldSelector} from 'kubernetes-types/core/v1.d.ts'
import {nanoOf} from '../../apiserver/kinds/quantity.ts'
import {dividedBy} from '../amounts.ts'

/** What the node knows of a pod beyond its object. */
export interface PodFacts {
  readonly hostIp: string
  readonly podIp: string | undefined
  /** The node's allocatable amounts, which stand in for limits that are not set. */
  readonly allocatable: Readonly<Record<string, string>>
}

/** Go's `%q` for what labels and annotations hold. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function lines(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, value]) => `${key}=${quoted(value)}`).join('\n')
}

const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/

/** The value of a downward API field, or undefined for one that does not exist. */
export function fieldValue(pod: Pod, path: string, facts: PodFacts): string | undefined {
  const metadata = pod.metadata ?? {}
  const indexed = subscript.exec(path)
  if (indexed) {
    const map = indexed[1] === 'labels' ? metadata.labels : metadata.annotations
    return map?.[indexed[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? ''
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return lines(metadata.labels)
    case 'metadata.annotations':
      return lines(metadata.annotations)
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIp ?? ''
    default:
      return undefined
  }
}

/** The value of a container's request or limit, as the downward API gives it. */
export function resourceValue(
  container: Container,
  selector: ResourceFieldSelector,
  facts: PodFacts,
): string | undefined {
  const [side, name = ''] = selector.resource.split(/\.(.*)/)
  if (side !== 'limits' && side !== 'requests') return undefined
  const {requests = {}, limits = {}} = container.resources ?? {}
  const own = side === 'limits' ? limits[name] : (requests[name] ?? limits[name])
  const isSet = nanoOf(own) > 0n
  const amount = isSet ? own : side === 'limits' ? facts.allocatable[name] : '0'
  return dividedBy(amount, selector.divisor)
}
