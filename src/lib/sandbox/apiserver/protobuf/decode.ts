import {StatusError} from '../../registry.ts'
import type {JsonObject} from '../json.ts'
import {isObject} from '../json.ts'
import table from './kinds.json' with {type: 'json'}
import {readFields, textOfBytes} from './wire.ts'

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

const MAGIC = Buffer.from('k8s\0')
const META = 'apimachinery.pkg.apis.meta.v1.'

/** Fields by message and number: `name:type`, with `[]` for a list and `{}` for a map. */
const MESSAGES: ReadonlyMap<string, Record<string, string>> = new Map(Object.entries(table))

/** Fields whose parts stand in the object itself. */
const INLINE = new Set([
  'volumeSource',
  'persistentVolumeSource',
  'handler',
  'localObjectReference',
  'ephemeralContainerCommon',
  'ingressRuleValue',
])

/**
 * A request in Kubernetes' protobuf, as kubectl's `create` and `auth` send it, as the JSON it stands for.
 * Numbers and texts without a value stay; decoding into the kind's shape drops them.
 */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw new Error('proto: the Kubernetes prefix is missing')
  let type: JsonObject = {}
  let raw: Uint8Array = new Uint8Array()
  for (const {number, value} of readFields(bytes.subarray(MAGIC.length))) {
    if (typeof value === 'bigint') continue
    if (number === 1) type = decodeMessage('apimachinery.pkg.runtime.TypeMeta', value)
    if (number === 2) raw = value
  }
  const apiVersion = String(type['apiVersion'] ?? '')
  const kind = String(type['kind'] ?? '')
  return {kind, apiVersion, ...decodeMessage(messageOf(apiVersion, kind), raw)}
}

/** `apps/v1` and `StatefulSet` give `api.apps.v1.StatefulSet`. */
function messageOf(apiVersion: string, kind: string): string {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const own = `api.${group.split('.')[0]}.${version}.${kind}`
  const found = [own, META + kind].find(name => MESSAGES.has(name))
  if (found !== undefined) return found
  throw new StatusError(415, 'UnsupportedMediaType', `${apiVersion} ${kind} is not understood as ${PROTOBUF}`)
}

function decodeMessage(name: string, bytes: Uint8Array): JsonObject {
  const fields = MESSAGES.get(name) ?? {}
  const result: JsonObject = {}
  for (const {number, value} of readFields(bytes)) {
    const [field, type] = fields[number]?.split(':') ?? []
    // A field that is newer than the table is as unknown as one in JSON.
    if (field === undefined || type === undefined) continue
    const decoded = type.startsWith('{}')
      ? decodeEntry(type.slice(2), value)
      : decodeValue(type.replace('[]', ''), value)
    if (decoded === undefined) continue
    if (INLINE.has(field) && isObject(decoded)) Object.assign(result, decoded)
    else if (type.startsWith('{}') && isObject(decoded)) result[field] = {...asMap(result[field]), ...decoded}
    else if (type.startsWith('[]')) result[field] = [...asList(result[field]), decoded]
    else result[field] = decoded
  }
  return result
}

const asMap = (value: unknown): JsonObject => (isObject(value) ? value : {})
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** One entry of a map. */
function decodeEntry(type: string, value: bigint | Uint8Array): JsonObject {
  if (typeof value === 'bigint') return {}
  let key = ''
  let decoded: unknown = type === 'string' ? '' : undefined
  for (const part of readFields(value)) {
    if (part.number === 1) key = textOfBytes(part.value)
    if (part.number === 2) decoded = decodeValue(type, part.value)
  }
  return {[key]: decoded}
}

function decodeValue(type: string, value: bigint | Uint8Array): unknown {
  if (typeof value === 'bigint') return type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value))
  switch (type) {
    case 'string':
      return textOfBytes(value)
    case 'bytes':
      return Buffer.from(value).toString('base64')
    case 'double':
      return Buffer.from(value).readDoubleLE(0)
    default:
      return special(type, decodeMessage(type, value), value)
  }
}

/** Messages that are no objects in JSON. */
function special(type: string, message: JsonObject, bytes: Uint8Array): unknown {
  switch (type) {
    case `${META}Time`:
    case `${META}MicroTime`:
      return timeOf(message, type.endsWith('MicroTime'))
    case `${META}Duration`:
      return `${Number(message['duration'] ?? 0) / 1e9}s`
    case 'apimachinery.pkg.api.resource.Quantity':
      return message['string'] ?? '0'
    case 'apimachinery.pkg.util.intstr.IntOrString':
      return message['type'] === 1 ? message['strVal'] : (message['intVal'] ?? 0)
    case `${META}FieldsV1`:
    case 'apimachinery.pkg.runtime.RawExtension':
      return embedded(bytes)
    case 'api.authentication.v1.ExtraValue':
    case 'api.authorization.v1.ExtraValue':
    case `${META}Verbs`:
      return message['items'] ?? []
    default:
      return message
  }
}

/** An empty message is no time at all. */
function timeOf({seconds, nanos}: JsonObject, exact: boolean): string | undefined {
  if (typeof seconds !== 'number') return undefined
  const text = new Date(seconds * 1000 + Number(nanos ?? 0) / 1e6).toISOString()
  return exact ? text.replace(/(\.\d{3})Z$/, '$1000Z') : text.replace(/\.\d+Z$/, 'Z')
}

/** JSON that travels inside a message, in its first field. */
function embedded(bytes: Uint8Array): unknown {
  for (const {number, value} of readFields(bytes)) {
    if (number === 1) return JSON.parse(textOfBytes(value))
  }
  return undefined
}
