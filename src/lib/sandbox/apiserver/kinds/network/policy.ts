import {isIP} from 'node:net'
import type {Ingress} from 'kubernetes-types/networking/v1.d.ts'
import type {ResourceType} from '../../../registry.ts'
import {networkPolicies} from '../../../resources.ts'
import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, textAt, textsAt} from '../fields.ts'
import {portName, portNumber} from '../names.ts'
import {forbidden, invalid, joinPath, required, unsupported} from '../problems.ts'
import {selectorText, validateSelector} from '../selector.ts'

export const ingresses: ResourceType<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
}

function defaultPolicy(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  ensureObject(spec, 'podSelector')
  if (textsAt(spec, 'policyTypes').length === 0) {
    spec['policyTypes'] = listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  }
  for (const rule of [...listAt(spec, 'ingress'), ...listAt(spec, 'egress')]) {
    for (const port of listAt(rule, 'ports')) fill(port, {protocol: 'TCP'})
  }
}

function validatePeer(peer: JsonObject, field: string): FieldError[] {
  const named = ['podSelector', 'namespaceSelector', 'ipBlock'].filter(key => isObject(peer[key]))
  if (named.length === 0) return [required(field, 'must specify a peer')]
  if (named.includes('ipBlock') && named.length > 1) {
    return [forbidden(field, 'may not specify both ipBlock and another peer')]
  }
  return [
    ...validateSelector(peer['podSelector'], `${field}.podSelector`),
    ...validateSelector(peer['namespaceSelector'], `${field}.namespaceSelector`),
    ...(named.includes('ipBlock') ? validateBlock(peer, `${field}.ipBlock`) : []),
  ]
}

function isRange(text: string): boolean {
  const [address = '', length = ''] = text.split('/')
  return isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (isIP(address) === 4 ? 32 : 128)
}

function validateBlock(peer: JsonObject, field: string): FieldError[] {
  const cidr = textAt(peer, 'ipBlock', 'cidr')
  if (cidr === '') return [required(`${field}.cidr`)]
  const ranges = textsAt(peer, 'ipBlock', 'except').map((text, index): [string, string] => [
    joinPath(field, 'except', index),
    text,
  ])
  return [[`${field}.cidr`, cidr] as const, ...ranges].flatMap(([path, text]) =>
    isRange(text)
      ? []
      : [invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')],
  )
}

const protocols = ['SCTP', 'TCP', 'UDP']

function validatePort(port: JsonObject, field: string): FieldError[] {
  const {protocol, port: number, endPort} = port
  const found: FieldError[] = []
  if (protocol !== undefined && !protocols.includes(String(protocol))) {
    found.push(unsupported(`${field}.protocol`, protocol, protocols))
  }
  if (typeof number === 'number') {
    found.push(...portNumber(number).map(text => invalid(`${field}.port`, number, text)))
  } else if (typeof number === 'string') {
    found.push(...portName(number).map(text => invalid(`${field}.port`, number, text)))
  }
  if (endPort === undefined) return found
  if (typeof number !== 'number')
    return [...found, required(`${field}.port`, 'must be specified when endPort is set')]
  found.push(...portNumber(endPort).map(text => invalid(`${field}.endPort`, endPort, text)))
  if (Number(endPort) < number) {
    found.push(invalid(`${field}.endPort`, endPort, 'must be greater than or equal to `port`'))
  }
  return found
}

function validatePolicy(object: JsonObject): FieldError[] {
  const sides = [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const
  const rules = sides.flatMap(([side, peers]) =>
    listAt(object, 'spec', side).flatMap((rule, index) => [
      ...listAt(rule, 'ports').flatMap((port, position) =>
        validatePort(port, joinPath('spec', side, index, 'ports', position)),
      ),
      ...listAt(rule, peers).flatMap((peer, position) =>
        validatePeer(peer, joinPath('spec', side, index, peers, position)),
      ),
    ]),
  )
  const types = textsAt(object, 'spec', 'policyTypes').flatMap((type, index) =>
    ['Ingress', 'Egress'].includes(type)
      ? []
      : [unsupported(joinPath('spec', 'policyTypes', index), type, ['Egress', 'Ingress'])],
  )
  return [...validateSelector(at(object, 'spec', 'podSelector'), 'spec.podSelector'), ...rules, ...types]
}

const networkPolicyKind: KindSpec = {
  type: networkPolicies,
  model: 'V1NetworkPolicy',
  shortNames: ['netpol'],
  generation: true,
  columns: [
    nameColumn,
    text('Pod-Selector', object => selectorText(at(object, 'spec', 'podSelector')) || '<none>'),
    ageColumn,
  ],
  defaults: defaultPolicy,
  validate: validatePolicy,
}

const hostsOf = (object: unknown): string[] =>
  listAt(object, 'spec', 'rules')
    .map(rule => textAt(rule, 'host'))
    .filter(Boolean)

const ingressKind: KindSpec = {
  type: ingresses,
  model: 'V1Ingress',
  shortNames: ['ing'],
  generation: true,
  status: () => ({loadBalancer: {}}),
  columns: [
    nameColumn,
    text('Class', object => textAt(object, 'spec', 'ingressClassName') || '<none>'),
    text('Hosts', object => hostsOf(object).join(',') || '*'),
    text('Address', object =>
      listAt(object, 'status', 'loadBalancer', 'ingress')
        .map(each => textAt(each, 'ip') || textAt(each, 'hostname'))
        .join(','),
    ),
    text('Ports', object => (listAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
  validate(object) {
    const rules = listAt(object, 'spec', 'rules')
    if (rules.length === 0 && at(object, 'spec', 'defaultBackend') === undefined) {
      return [
        invalid('spec', at(object, 'spec') ?? {}, 'either `defaultBackend` or `rules` must be specified'),
      ]
    }
    return rules.flatMap((rule, index) =>
      listAt(rule, 'http', 'paths').flatMap((path, position) =>
        textAt(path, 'pathType') === ''
          ? [
              required(
                joinPath('spec', 'rules', index, 'http', 'paths', position, 'pathType'),
                'pathType must be specified',
              ),
            ]
          : [],
      ),
    )
  },
}

export const policyKinds: readonly KindSpec[] = [networkPolicyKind, ingressKind]
