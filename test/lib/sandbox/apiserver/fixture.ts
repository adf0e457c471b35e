import 'reflect-metadata'
import {webcrypto} from 'node:crypto'
import {request} from 'node:https'
import {text} from 'node:stream/consumers'
import {X509CertificateGenerator} from '@peculiar/x509'
import type {Kind, KindTable, Schema} from '../../../../src/lib/sandbox/apiserver/kind.ts'
import type {ApiServerOptions} from '../../../../src/lib/sandbox/apiserver/server.ts'
import type {KubeObject} from '../../../../src/lib/sandbox/registry.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const string: Schema = {type: 'string'}
const strings: Schema = {type: 'object', additionalProperties: string}

/** A kind without opinions, for tests of what all kinds share. */
export function plainKind(plural: string, kind: string, schema: Schema, over: Partial<Kind> = {}): Kind {
  return {
    group: '',
    version: 'v1',
    plural,
    kind,
    namespaced: true,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    listKind: `${kind}List`,
    verbs,
    schema,
    custom: false,
    hasStatus: false,
    columns: [{name: 'Name', type: 'string', priority: 0, cell: object => object.metadata?.name ?? ''}],
    setDefaults: () => {},
    prepareForCreate: () => {},
    prepareForUpdate: () => {},
    validate: () => [],
    warnings: () => [],
    ...over,
  }
}

const byKey = (key: string, items: Schema): Schema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
  'x-kubernetes-patch-strategy': 'merge',
  'x-kubernetes-patch-merge-key': key,
})

const container: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: string,
    image: string,
    command: {type: 'array', items: string, 'x-kubernetes-list-type': 'atomic'},
    env: byKey('name', {type: 'object', required: ['name'], properties: {name: string, value: string}}),
  },
}

const podSchema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['containers'],
      properties: {
        nodeName: string,
        priority: {type: 'integer', format: 'int32'},
        terminationGracePeriodSeconds: {type: 'integer', format: 'int64'},
        containers: byKey('name', container),
        nodeSelector: {...strings, 'x-kubernetes-map-type': 'atomic'},
      },
    },
    status: {
      type: 'object',
      properties: {phase: string, message: string, conditions: {type: 'array', items: {type: 'object'}}},
    },
  },
}

/** Keeps the status out of writes to the object itself, as the real kinds do. */
const ownStatus: Partial<Kind> = {
  hasStatus: true,
  prepareForUpdate(draft: KubeObject & {status?: unknown}, old: KubeObject & {status?: unknown}) {
    if (old.status === undefined) delete draft.status
    else draft.status = old.status
  },
}

export const testKinds: readonly Kind[] = [
  plainKind(
    'namespaces',
    'Namespace',
    {
      type: 'object',
      properties: {
        spec: {type: 'object', properties: {finalizers: {type: 'array', items: string}}},
        status: {type: 'object', properties: {phase: string}},
      },
    },
    {
      namespaced: false,
      ...ownStatus,
      prepareForCreate(draft: KubeObject & {spec?: unknown}) {
        draft.spec = {finalizers: ['kubernetes']}
      },
    },
  ),
  plainKind('configmaps', 'ConfigMap', {
    type: 'object',
    properties: {data: strings, immutable: {type: 'boolean'}},
  }),
  plainKind('pods', 'Pod', podSchema, ownStatus),
  plainKind(
    'widgets',
    'Widget',
    {type: 'object', properties: {spec: {type: 'object', properties: {size: {type: 'integer'}}}}},
    {
      group: 'example.com',
      version: 'v1beta1',
      custom: true,
      scale: {replicas: 'spec.size', statusReplicas: 'status.size', selector: () => ''},
    },
  ),
]

export const kindTable = (kinds: readonly Kind[] = testKinds): KindTable => ({
  all: () => kinds,
  find: (group, version, plural) =>
    kinds.find(kind => kind.group === group && kind.version === version && kind.plural === plural),
})

/** A key and certificate for 127.0.0.1 that nobody else trusts. */
export async function selfSigned(): Promise<{key: string; cert: string}> {
  const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test',
    notBefore: new Date(0),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  }
}

export async function testOptions(over: Partial<ApiServerOptions> = {}): Promise<ApiServerOptions> {
  return {
    kinds: kindTable(),
    tls: await selfSigned(),
    addresses: [{host: '127.0.0.1', port: 0}],
    authenticator: () => ({name: 'tester', groups: ['system:masters', 'system:authenticated']}),
    authorizer: () => ({allowed: true}),
    handlers: {subresources: [], createOnly: []},
    ...over,
  }
}

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  json: unknown
}

interface Send {
  type?: string
  accept?: string
  headers?: Record<string, string>
}

/** One request to a server with a self-signed certificate. */
export function send(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  how: Send = {},
): Promise<Reply> {
  const {promise, resolve, reject} = Promise.withResolvers<Reply>()
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const headers = {
    ...(payload === undefined ? {} : {'content-length': String(Buffer.byteLength(payload))}),
    ...(how.type === undefined ? {} : {'content-type': how.type}),
    ...(how.accept === undefined ? {} : {accept: how.accept}),
    ...how.headers,
  }
  const call = request(url + path, {method, headers, rejectUnauthorized: false}, response => {
    text(response).then(answer => {
      const isJson = response.headers['content-type']?.startsWith('application/json') === true
      const parsed: unknown = isJson && !answer.includes('\n') ? JSON.parse(answer) : undefined
      resolve({status: response.statusCode ?? 0, headers: response.headers, body: answer, json: parsed})
    }, reject)
  })
  call.on('error', reject)
  call.end(payload)
  return promise
}
