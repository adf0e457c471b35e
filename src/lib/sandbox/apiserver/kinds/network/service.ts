import type {KubeObject} from '../../../registry.ts'
import {services} from '../../../resources.ts'
import {equalJson, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, joined, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, numberAt, textAt, textsAt} from '../fields.ts'
import {validateLabels} from '../metadata.ts'
import {dns1035Label, dns1123Label, dns1123Subdomain, portName, portNumber} from '../names.ts'
import {duplicate, invalid, joinPath, required, unsupported} from '../problems.ts'
import {
  allocateClusterIp,
  allocateNodePorts,
  isHeadless,
  keepAllocated,
  needsClusterIp,
  type ServiceAllocation,
  selectorOf,
} from './allocate.ts'
import {addressNumber} from './range.ts'

function setDefaults(service: JsonObject): void {
  const spec = ensureObject(service, 'spec')
  fill(spec, {sessionAffinity: 'None', type: 'ClusterIP'})
  if (spec['sessionAffinity'] === 'ClientIP') {
    fill(ensureObject(ensureObject(spec, 'sessionAffinityConfig'), 'clientIP'), {timeoutSeconds: 10800})
  }
  for (const port of listAt(spec, 'ports')) {
    fill(port, {protocol: 'TCP'})
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '') {
      port['targetPort'] = port['port']
    }
  }
  const type = spec['type']
  if (type === 'NodePort' || type === 'LoadBalancer') fill(spec, {externalTrafficPolicy: 'Cluster'})
  if (type !== 'ExternalName') fill(spec, {internalTrafficPolicy: 'Cluster'})
  if (type === 'LoadBalancer') fill(spec, {allocateLoadBalancerNodePorts: true})
}

function validatePort(port: JsonObject, field: string, needsName: boolean): FieldError[] {
  const name = textAt(port, 'name')
  const protocol = textAt(port, 'protocol')
  const target = port['targetPort']
  const found: FieldError[] = []
  if (name === '' && needsName) found.push(required(`${field}.name`))
  if (name !== '') found.push(...dns1123Label(name).map(text => invalid(`${field}.name`, name, text)))
  const number = numberAt(port, 'port') ?? 0
  found.push(...portNumber(number).map(text => invalid(`${field}.port`, number, text)))
  if (!['TCP', 'UDP', 'SCTP'].includes(protocol)) {
    found.push(unsupported(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']))
  }
  const problems = typeof target === 'string' ? portName(target) : portNumber(target)
  return [...found, ...problems.map(text => invalid(`${field}.targetPort`, target, text))]
}

function validatePorts(service: JsonObject): FieldError[] {
  const ports = listAt(service, 'spec', 'ports')
  const found = ports.flatMap((port, index) =>
    validatePort(port, joinPath('spec', 'ports', index), ports.length > 1),
  )
  const names = new Set<string>()
  const numbers = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const name = textAt(port, 'name')
    const number = `${numberAt(port, 'port')}/${textAt(port, 'protocol')}`
    if (name !== '' && names.has(name)) found.push(duplicate(joinPath('spec', 'ports', index, 'name'), name))
    if (numbers.has(number)) {
      const value = {port: port['port'], protocol: port['protocol']}
      found.push(duplicate(joinPath('spec', 'ports', index), value))
    }
    names.add(name)
    numbers.add(number)
  }
  return found
}

function validate(service: JsonObject): FieldError[] {
  const type = textAt(service, 'spec', 'type')
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
  const found: FieldError[] = []
  if (listAt(service, 'spec', 'ports').length === 0 && !isHeadless(service) && type !== 'ExternalName') {
    found.push(required('spec.ports'))
  }
  const external = textAt(service, 'spec', 'externalName').replace(/\.$/, '')
  if (type === 'ExternalName') {
    if (external === '') found.push(required('spec.externalName'))
    else found.push(...dns1123Subdomain(external).map(text => invalid('spec.externalName', external, text)))
  }
  if (isHeadless(service) && (type === 'NodePort' || type === 'LoadBalancer')) {
    found.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  }
  found.push(...validateLabels(selectorOf(service), 'spec.selector'))
  const address = textAt(service, 'spec', 'clusterIP')
  if (address !== '' && address !== 'None' && addressNumber(address) === undefined) {
    const text = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
    found.push(invalid('spec.clusterIPs[0]', address, text))
  }
  const affinity = textAt(service, 'spec', 'sessionAffinity')
  if (!['ClientIP', 'None'].includes(affinity)) {
    found.push(unsupported('spec.sessionAffinity', affinity, ['ClientIP', 'None']))
  }
  if (!types.includes(type)) found.push(unsupported('spec.type', type, types))
  return [...found, ...validatePorts(service)]
}

function validateUpdate(service: JsonObject, old: JsonObject): FieldError[] {
  if (!needsClusterIp(service) || !needsClusterIp(old)) return validate(service)
  const now = textsAt(service, 'spec', 'clusterIPs')
  const before = textsAt(old, 'spec', 'clusterIPs')
  if (before.length === 0 || equalJson(now, before)) return validate(service)
  return [invalid('spec.clusterIPs[0]', now, 'may not change once set'), ...validate(service)]
}

function portsCell(service: KubeObject): string {
  return joined(
    listAt(service, 'spec', 'ports').map(port => {
      const node = numberAt(port, 'nodePort') ?? 0
      return `${numberAt(port, 'port')}${node > 0 ? `:${node}` : ''}/${textAt(port, 'protocol')}`
    }),
  )
}

function externalCell(service: KubeObject): string {
  const type = textAt(service, 'spec', 'type')
  const own = textsAt(service, 'spec', 'externalIPs')
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName')
  if (type !== 'LoadBalancer') return joined(own)
  const given = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    each => textAt(each, 'ip') || textAt(each, 'hostname'),
  )
  const all = [...given, ...own]
  return all.length === 0 ? '<pending>' : all.join(',')
}

export function serviceKind(allocation: ServiceAllocation): KindSpec {
  return {
    type: services,
    model: 'V1Service',
    shortNames: ['svc'],
    categories: ['all'],
    nameRule: dns1035Label,
    status: () => ({loadBalancer: {}}),
    columns: [
      nameColumn,
      text('Type', each => textAt(each, 'spec', 'type')),
      text('Cluster-IP', each => textAt(each, 'spec', 'clusterIP') || '<none>'),
      text('External-IP', externalCell),
      text('Port(s)', portsCell),
      ageColumn,
      wide(
        text('Selector', each =>
          joined(Object.entries(selectorOf(each)).map(([key, value]) => `${key}=${value}`)),
        ),
      ),
    ],
    defaults: setDefaults,
    create(service, context) {
      if (at(service, 'spec', 'type') === undefined) return
      if (validate(service).length > 0) return
      allocateClusterIp(service, context, allocation)
      allocateNodePorts(service, context, allocation)
    },
    update(service, old, context) {
      keepAllocated(service, old)
      if (validateUpdate(service, old).length > 0) return
      if (!needsClusterIp(old)) allocateClusterIp(service, context, allocation)
      allocateNodePorts(service, context, allocation)
    },
    validate,
    validateUpdate,
  }
}
