import {services} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError, StrategyContext} from '../../kind.ts'
import {internalError, invalid as invalidObject} from '../../status.ts'
import {fill, listAt, mapAt, numberAt, objectAt, textAt, textsAt} from '../fields.ts'
import {invalid, joinPath} from '../problems.ts'
import {type AddressRange, addressNumber, freeAddress, inRange} from './range.ts'

export interface ServiceAllocation {
  range: AddressRange
  nodePorts: {first: number; last: number}
  /** A number from 0 to below `below`, where the search for something free begins. */
  start(below: number): number
}

export const needsClusterIp = (service: unknown): boolean =>
  textAt(service, 'spec', 'type') !== 'ExternalName'
export const isHeadless = (service: unknown): boolean => textAt(service, 'spec', 'clusterIP') === 'None'
export const needsNodePorts = (service: unknown): boolean => {
  const type = textAt(service, 'spec', 'type')
  if (type === 'LoadBalancer') return objectAt(service, 'spec')['allocateLoadBalancerNodePorts'] !== false
  return type === 'NodePort'
}

function refuse(service: JsonObject, error: FieldError): never {
  throw invalidObject({group: '', kind: 'Service'}, textAt(service, 'metadata', 'name'), [error])
}

function others(service: JsonObject, context: StrategyContext): unknown[] {
  const uid = textAt(service, 'metadata', 'uid')
  return context.list(services).filter(each => uid === '' || each.metadata?.uid !== uid)
}

function checkAddress(service: JsonObject, address: string, taken: ReadonlySet<string>, range: AddressRange) {
  const value = addressNumber(address)
  if (value === undefined) return
  const field = 'spec.clusterIPs'
  if (!inRange(range, value)) {
    const text =
      `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of ` +
      `valid IPs is ${range.text}`
    refuse(service, invalid(field, [address], text))
  }
  if (!taken.has(address)) return
  refuse(
    service,
    invalid(field, [address], `failed to allocate IP ${address}: provided IP is already allocated`),
  )
}

/** Gives the Service its cluster address, the one it asks for or a free one. */
export function allocateClusterIp(
  service: JsonObject,
  context: StrategyContext,
  {range, start}: ServiceAllocation,
): void {
  if (!needsClusterIp(service)) return
  const spec = objectAt(service, 'spec')
  const wanted = textAt(spec, 'clusterIP') || (textsAt(spec, 'clusterIPs')[0] ?? '')
  fill(spec, {ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack'})
  if (wanted === 'None') {
    Object.assign(spec, {clusterIP: 'None', clusterIPs: ['None']})
    return
  }
  const taken = new Set(others(service, context).flatMap(each => textsAt(each, 'spec', 'clusterIPs')))
  if (wanted !== '') checkAddress(service, wanted, taken, range)
  const address = wanted || freeAddress(range, taken, start(range.size))
  if (address === undefined) throw internalError('failed to allocate a serviceIP: range is full')
  Object.assign(spec, {clusterIP: address, clusterIPs: [address]})
}

/** Gives every port of a NodePort or LoadBalancer Service a port on the nodes. */
export function allocateNodePorts(
  service: JsonObject,
  context: StrategyContext,
  {nodePorts, start}: ServiceAllocation,
): void {
  const ports = listAt(service, 'spec', 'ports')
  if (!needsNodePorts(service)) return
  const key = (port: unknown) => `${numberAt(port, 'nodePort')}/${textAt(port, 'protocol')}`
  const taken = new Set(others(service, context).flatMap(each => listAt(each, 'spec', 'ports').map(key)))
  const count = nodePorts.last - nodePorts.first + 1
  for (const [index, port] of ports.entries()) {
    const field = joinPath('spec', 'ports', index, 'nodePort')
    const wanted = numberAt(port, 'nodePort') ?? 0
    if (wanted !== 0) {
      if (wanted < nodePorts.first || wanted > nodePorts.last) {
        const text = 'provided port is not in the valid range. The range of valid ports is'
        refuse(service, invalid(field, wanted, `${text} ${nodePorts.first}-${nodePorts.last}`))
      }
      if (taken.has(key(port))) refuse(service, invalid(field, wanted, 'provided port is already allocated'))
    } else {
      const begin = start(count)
      const offsets = Array.from({length: count}, (_, step) => (begin + step) % count)
      const free = offsets.find(
        offset => !taken.has(`${nodePorts.first + offset}/${textAt(port, 'protocol')}`),
      )
      if (free === undefined) throw internalError('failed to allocate a nodePort: range is full')
      port['nodePort'] = nodePorts.first + free
    }
    taken.add(key(port))
  }
}

/** Carries over what the server once chose and the new version leaves out. */
export function keepAllocated(service: JsonObject, old: JsonObject): void {
  const spec = objectAt(service, 'spec')
  const before = objectAt(old, 'spec')
  if (needsClusterIp(service) && needsClusterIp(old)) {
    const address = textAt(before, 'clusterIP')
    if (textAt(spec, 'clusterIP') === '' && textsAt(spec, 'clusterIPs').length === 0 && address !== '') {
      Object.assign(spec, {clusterIP: address, clusterIPs: [address]})
    }
    // One of the two names of the same value may have been changed alone.
    const first = textsAt(spec, 'clusterIPs')[0]
    if (textAt(spec, 'clusterIP') === '' && first !== undefined) spec['clusterIP'] = first
    else if (textAt(spec, 'clusterIP') !== address || first === undefined) {
      spec['clusterIPs'] = [textAt(spec, 'clusterIP')]
    }
    fill(spec, {ipFamilies: before['ipFamilies'], ipFamilyPolicy: before['ipFamilyPolicy']})
  } else if (!needsClusterIp(service)) {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'])
      delete spec[key]
  }
  if (!needsNodePorts(service)) {
    for (const port of listAt(spec, 'ports')) delete port['nodePort']
    if (textAt(spec, 'type') === 'ClusterIP') delete spec['externalTrafficPolicy']
    if (textAt(spec, 'type') !== 'LoadBalancer') delete spec['allocateLoadBalancerNodePorts']
    return
  }
  const known = new Map(
    listAt(before, 'ports').map(port => [`${textAt(port, 'protocol')}/${numberAt(port, 'port')}`, port]),
  )
  for (const port of listAt(spec, 'ports')) {
    const same = known.get(`${textAt(port, 'protocol')}/${numberAt(port, 'port')}`)
    if (same?.['nodePort'] !== undefined) fill(port, {nodePort: same['nodePort']})
  }
}

export const selectorOf = (service: unknown): Record<string, string> => mapAt(service, 'spec', 'selector')
