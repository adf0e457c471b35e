import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {ApiRequest} from '../apiserver/http/hooks.ts'
import {badRequest, notFound} from '../apiserver/status.ts'
import type {PodStreams} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {pods} from '../resources.ts'

/** What the streaming subresources of pods work with. */
export interface StreamingBackend {
  readonly registry: Registry
  readonly streams: PodStreams
}

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

export const flagOf = (request: ApiRequest, name: string): boolean =>
  trueWords.has(request.query.get(name) ?? '')

/** The pod that a request names. Throws `StatusError`. */
export function podOf({registry}: StreamingBackend, request: ApiRequest): Pod {
  const {namespace, name = ''} = request.attributes.resource ?? {}
  const pod = registry.get(pods, namespace, name)
  if (!pod) throw notFound(pods, name)
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  return pod
}

/** The container that a request names or, where the pod has one alone, means. Throws `StatusError`. */
export function containerOf(pod: Pod, request: ApiRequest): string {
  const main = (pod.spec?.containers ?? []).map(each => each.name)
  const init = (pod.spec?.initContainers ?? []).map(each => each.name)
  const named = request.query.get('container')
  const name = pod.metadata?.name
  if (named) {
    if ([...main, ...init].includes(named)) return named
    throw badRequest(`container ${named} is not valid for pod ${name}`)
  }
  const [only] = main
  if (only !== undefined && main.length === 1) return only
  const others = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`,
  )
}
