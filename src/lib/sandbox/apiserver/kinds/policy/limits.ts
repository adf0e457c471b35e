import {limitRanges} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {StrategyContext} from '../../kind.ts'
import {forbidden} from '../../status.ts'
import {ensureObject, fill, listAt, objectAt, textAt} from '../fields.ts'
import {formatQuantity, nanoOf, parseQuantity} from '../quantity.ts'

interface Amounts {
  requests: JsonObject
  limits: JsonObject
}

function limitsOf(context: StrategyContext, namespace: string, type: string): JsonObject[] {
  return context
    .list(limitRanges, namespace)
    .flatMap(range => listAt(range, 'spec', 'limits'))
    .filter(limit => limit['type'] === type)
}

function fillContainer(container: JsonObject, limit: JsonObject): void {
  const resources = ensureObject(container, 'resources')
  const requests = {...objectAt(resources, 'requests')}
  const limits = {...objectAt(resources, 'limits')}
  fill(limits, objectAt(limit, 'default'))
  fill(requests, objectAt(limit, 'defaultRequest'))
  if (Object.keys(limits).length > 0) resources['limits'] = limits
  if (Object.keys(requests).length > 0) resources['requests'] = requests
}

/** What of the amounts is below the least or above the most, in Kubernetes' sentences. */
function breaches(limit: JsonObject, type: string, {requests, limits}: Amounts): string[] {
  const found: string[] = []
  for (const [name, least] of Object.entries(objectAt(limit, 'min'))) {
    const sentence = `minimum ${name} usage per ${type} is ${String(least)}`
    const request = requests[name]
    if (request === undefined) found.push(`${sentence}.  No request is specified`)
    else if (nanoOf(request) < nanoOf(least)) found.push(`${sentence}, but request is ${String(request)}`)
  }
  for (const [name, most] of Object.entries(objectAt(limit, 'max'))) {
    const sentence = `maximum ${name} usage per ${type} is ${String(most)}`
    const isClaim = type === 'PersistentVolumeClaim'
    const value = isClaim ? requests[name] : limits[name]
    if (value === undefined) found.push(`${sentence}.  No ${isClaim ? 'request' : 'limit'} is specified`)
    else if (nanoOf(value) > nanoOf(most)) {
      found.push(`${sentence}, but ${isClaim ? 'request' : 'limit'} is ${String(value)}`)
    }
  }
  return found
}

function total(containers: readonly JsonObject[], part: 'requests' | 'limits'): JsonObject {
  const sums: JsonObject = {}
  for (const container of containers) {
    for (const [name, value] of Object.entries(objectAt(container, 'resources', part))) {
      const format = parseQuantity(String(value))?.format ?? 'decimal'
      sums[name] = formatQuantity({nano: nanoOf(sums[name]) + nanoOf(value), format})
    }
  }
  return sums
}

const amountsOf = (container: JsonObject): Amounts => ({
  requests: objectAt(container, 'resources', 'requests'),
  limits: objectAt(container, 'resources', 'limits'),
})

function refuse(plural: string, name: string, found: readonly string[]): void {
  if (found.length === 0) return
  throw forbidden({group: '', plural}, name, found.length === 1 ? `${found[0]}` : `[${found.join(', ')}]`)
}

/** Gives containers the defaults of their namespace's LimitRanges and holds them to the bounds. */
export function limitPod(pod: JsonObject, context: StrategyContext): void {
  const namespace = textAt(pod, 'metadata', 'namespace')
  const perContainer = limitsOf(context, namespace, 'Container')
  const perPod = limitsOf(context, namespace, 'Pod')
  if (perContainer.length + perPod.length === 0) return
  const containers = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')]
  for (const limit of perContainer) for (const container of containers) fillContainer(container, limit)
  const found = perContainer.flatMap(limit =>
    containers.flatMap(container => breaches(limit, 'Container', amountsOf(container))),
  )
  const main = listAt(pod, 'spec', 'containers')
  const sums = {requests: total(main, 'requests'), limits: total(main, 'limits')}
  found.push(...perPod.flatMap(limit => breaches(limit, 'Pod', sums)))
  refuse('pods', textAt(pod, 'metadata', 'name'), found)
}

/** Holds a claim to the bounds of its namespace's LimitRanges. */
export function limitClaim(claim: JsonObject, context: StrategyContext): void {
  const type = 'PersistentVolumeClaim'
  const requests = objectAt(claim, 'spec', 'resources', 'requests')
  const found = limitsOf(context, textAt(claim, 'metadata', 'namespace'), type).flatMap(limit =>
    breaches(limit, type, {requests, limits: {}}),
  )
  refuse('persistentvolumeclaims', textAt(claim, 'metadata', 'name'), found)
}
