import {isIP} from 'node:net'
import type {KubeObject} from '../../../registry.ts'
import {endpointSlices, endpoints} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, fill, listAt, numberAt, textAt, textsAt} from '../fields.ts'
import {portNumber} from '../names.ts'
import {immutable, invalid, joinPath, required, unsupported} from '../problems.ts'

/** The first three, and how many more there are. */
function firstThree(values: readonly string[], none: string): string {
  if (values.length === 0) return none
  const more = values.length - 3
  return more > 0 ? `${values.slice(0, 3).join(',')} + ${more} more...` : values.join(',')
}

function endpointsCell(object: KubeObject): string {
  const all = listAt(object, 'subsets').flatMap(subset => {
    const addresses = listAt(subset, 'addresses').map(each => textAt(each, 'ip'))
    const ports = listAt(subset, 'ports')
    if (ports.length === 0) return addresses
    return ports.flatMap(port => addresses.map(address => `${address}:${numberAt(port, 'port')}`))
  })
  return firstThree(all, '<none>')
}

/** An address that other machines can reach. */
function validateIp(address: string, field: string): FieldError[] {
  if (address === '') return [required(field)]
  if (isIP(address) === 0) {
    return [invalid(field, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  }
  if (/^127\.|^::1$/.test(address)) {
    return [invalid(field, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
  }
  if (!/^169\.254\.|^fe80:/i.test(address)) return []
  return [invalid(field, address, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')]
}

function validateEndpoints(object: JsonObject): FieldError[] {
  return listAt(object, 'subsets').flatMap((subset, index) => {
    const path = joinPath('subsets', index)
    const addresses = [...listAt(subset, 'addresses'), ...listAt(subset, 'notReadyAddresses')]
    const found: FieldError[] = []
    if (addresses.length === 0) {
      found.push(required(path, 'must specify `addresses` or `notReadyAddresses`'))
    }
    for (const [position, address] of listAt(subset, 'addresses').entries()) {
      found.push(...validateIp(textAt(address, 'ip'), `${joinPath(path, 'addresses', position)}.ip`))
    }
    const ports = listAt(subset, 'ports')
    for (const [position, port] of ports.entries()) {
      const field = joinPath(path, 'ports', position)
      if (ports.length > 1 && textAt(port, 'name') === '') found.push(required(`${field}.name`))
      const number = numberAt(port, 'port') ?? 0
      found.push(...portNumber(number).map(text => invalid(`${field}.port`, number, text)))
    }
    return found
  })
}

const endpointsKind: KindSpec = {
  type: endpoints,
  model: 'V1Endpoints',
  shortNames: ['ep'],
  singular: 'endpoints',
  columns: [nameColumn, text('Endpoints', endpointsCell), ageColumn],
  defaults(object) {
    for (const subset of listAt(object, 'subsets')) {
      for (const port of listAt(subset, 'ports')) fill(port, {protocol: 'TCP'})
    }
  },
  validate: validateEndpoints,
  warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
}

function portsCell(object: KubeObject): string {
  const ports = listAt(object, 'ports').map(port => String(numberAt(port, 'port') ?? '*'))
  return firstThree(ports, '<unset>')
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6']

function validateSlice(object: JsonObject): FieldError[] {
  const type = textAt(object, 'addressType')
  if (type === '') return [required('addressType')]
  const found = addressTypes.includes(type) ? [] : [unsupported('addressType', type, addressTypes)]
  for (const [index, endpoint] of listAt(object, 'endpoints').entries()) {
    const addresses = textsAt(endpoint, 'addresses')
    const field = joinPath('endpoints', index, 'addresses')
    if (addresses.length === 0) found.push(required(field, 'must contain at least 1 address'))
    if (type === 'FQDN') continue
    for (const [position, address] of addresses.entries()) {
      found.push(...validateIp(address, joinPath(field, position)))
    }
  }
  return found
}

const endpointSliceKind: KindSpec = {
  type: endpointSlices,
  model: 'V1EndpointSlice',
  generation: true,
  columns: [
    nameColumn,
    text('AddressType', object => textAt(object, 'addressType')),
    text('Ports', portsCell),
    text('Endpoints', object =>
      firstThree(
        listAt(object, 'endpoints').flatMap(each => textsAt(each, 'addresses')),
        '<unset>',
      ),
    ),
    ageColumn,
  ],
  defaults(object) {
    for (const port of listAt(object, 'ports')) fill(port, {name: '', protocol: 'TCP'})
  },
  validate: validateSlice,
  validateUpdate: (object, old) => [
    ...(at(object, 'addressType') === at(old, 'addressType')
      ? []
      : [immutable('addressType', at(object, 'addressType'))]),
    ...validateSlice(object),
  ],
}

export const endpointKinds: readonly KindSpec[] = [endpointsKind, endpointSliceKind]
