import {at, listAt, numberAt, textAt} from '../kinds/fields.ts'
import {type Amounts, amountOf, limitsOfPod, requestsOfPod} from '../kinds/pods/amounts.ts'

/** A kind as quotas name it. */
export interface Counted {
  group: string
  plural: string
}

export const qualified = ({group, plural}: Counted): string => (group === '' ? plural : `${plural}.${group}`)

const ofPods = /^(pods|cpu|memory|ephemeral-storage|hugepages-.+|(requests|limits)\..+)$/
const ofClaims =
  /^(persistentvolumeclaims|requests\.storage|.+\.storageclass\.storage\.k8s\.io\/(requests\.storage|persistentvolumeclaims))$/

/** Which kind a quota's resource is about: `requests.cpu` about pods, `count/jobs.batch` about Jobs. */
export function kindBehind(resource: string): string {
  if (resource.startsWith('count/')) return resource.slice('count/'.length)
  if (ofClaims.test(resource)) return 'persistentvolumeclaims'
  if (ofPods.test(resource)) return 'pods'
  return resource.startsWith('services.') ? 'services' : resource
}

/** How much of each resource one object takes, in thousandths. */
export function usageOf(kind: Counted, object: unknown, resources: readonly string[]): Amounts {
  const own = resources.filter(resource => kindBehind(resource) === qualified(kind))
  const measured = own.length === 0 ? new Map() : measure(kind, object)
  return new Map(
    own.map(resource => [resource, resource.startsWith('count/') ? 1000 : (measured.get(resource) ?? 0)]),
  )
}

function measure(kind: Counted, object: unknown): Amounts {
  switch (qualified(kind)) {
    case 'pods':
      return measurePod(object)
    case 'persistentvolumeclaims':
      return measureClaim(object)
    case 'services':
      return measureService(object)
    default:
      return new Map([[kind.plural, 1000]])
  }
}

/** A pod that has finished takes nothing any more. */
function measurePod(pod: unknown): Amounts {
  if (['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'))) return new Map()
  const requests = [...requestsOfPod(pod)]
  const limits = [...limitsOfPod(pod)].map(([name, amount]): [string, number] => [`limits.${name}`, amount])
  const named = requests.map(([name, amount]): [string, number] => [`requests.${name}`, amount])
  return new Map([['pods', 1000], ...requests, ...named, ...limits])
}

function measureClaim(claim: unknown): Amounts {
  const storage = amountOf(at(claim, 'spec', 'resources', 'requests', 'storage'))
  const plain: [string, number][] = [
    ['persistentvolumeclaims', 1000],
    ['requests.storage', storage],
  ]
  const ofClass = `${textAt(claim, 'spec', 'storageClassName')}.storageclass.storage.k8s.io`
  return new Map([...plain, ...plain.map(([name, n]): [string, number] => [`${ofClass}/${name}`, n])])
}

function measureService(service: unknown): Amounts {
  const isBalanced = textAt(service, 'spec', 'type') === 'LoadBalancer'
  const ports = listAt(service, 'spec', 'ports').filter(port => (numberAt(port, 'nodePort') ?? 0) > 0)
  return new Map([
    ['services', 1000],
    ['services.loadbalancers', isBalanced ? 1000 : 0],
    ['services.nodeports', ports.length * 1000],
  ])
}
