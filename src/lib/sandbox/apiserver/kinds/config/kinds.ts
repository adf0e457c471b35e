import {configMaps, secrets} from '../../../resources.ts'
import {equalJson, isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, mapAt, objectAt, textAt} from '../fields.ts'
import {configKey} from '../names.ts'
import {forbidden, immutable, invalid, keyed, required, tooLong} from '../problems.ts'

const mostBytes = 1024 * 1024
const countKeys = (...maps: unknown[]): number =>
  maps.reduce<number>((sum, map) => sum + (isObject(map) ? Object.keys(map).length : 0), 0)

/** Once `immutable` is set, neither it nor the data change. */
function validateImmutable(object: JsonObject, old: JsonObject, keys: readonly string[]): FieldError[] {
  if (old['immutable'] !== true) return []
  const text = 'field is immutable when `immutable` is set'
  const found = object['immutable'] === true ? [] : [forbidden('immutable', text)]
  for (const key of keys) if (!equalJson(object[key], old[key])) found.push(forbidden(key, text))
  return found
}

function validateConfigMap(object: JsonObject): FieldError[] {
  const data = mapAt(object, 'data')
  const binary = mapAt(object, 'binaryData')
  const found = Object.keys(data).flatMap(key => [
    ...configKey(key).map(text => invalid(keyed('data', key), key, text)),
    ...(key in binary ? [invalid(keyed('data', key), key, 'duplicate of key present in binaryData')] : []),
  ])
  for (const key of Object.keys(binary)) {
    found.push(...configKey(key).map(text => invalid(keyed('binaryData', key), key, text)))
  }
  const values = [...Object.values(data), ...Object.values(binary)]
  const size = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0)
  return size > mostBytes ? [...found, tooLong('[]', mostBytes)] : found
}

const configMapKind: KindSpec = {
  type: configMaps,
  model: 'V1ConfigMap',
  shortNames: ['cm'],
  columns: [
    nameColumn,
    text(
      'Data',
      object => countKeys(at(object, 'data'), at(object, 'binaryData')),
      "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. " +
        'Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not ' +
        'overlap with the keys in the BinaryData field, this is enforced during validation process.',
    ),
    ageColumn,
  ],
  validate: validateConfigMap,
  validateUpdate: (object, old) => [
    ...validateImmutable(object, old, ['data', 'binaryData']),
    ...validateConfigMap(object),
  ],
}

/** The data that a Secret of a type must have; one of each inner list. */
const neededKeys: Record<string, readonly string[]> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

function validateSecret(object: JsonObject): FieldError[] {
  const data = objectAt(object, 'data')
  const type = textAt(object, 'type')
  const found = Object.keys(data).flatMap(key =>
    configKey(key).map(text => invalid(keyed('data', key), key, text)),
  )
  const values = Object.values(mapAt(data))
  const size = values.reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  if (size > mostBytes) found.push(tooLong('data', mostBytes))
  for (const key of neededKeys[type] ?? []) {
    if (data[key] === undefined) found.push(required(keyed('data', key)))
  }
  if (
    type === 'kubernetes.io/basic-auth' &&
    data['username'] === undefined &&
    data['password'] === undefined
  ) {
    found.push(required(keyed('data', 'username')), required(keyed('data', 'password')))
  }
  const account = 'kubernetes.io/service-account.name'
  if (
    type === 'kubernetes.io/service-account-token' &&
    textAt(object, 'metadata', 'annotations', account) === ''
  ) {
    found.push(required(keyed('metadata.annotations', account)))
  }
  return found
}

const secretKind: KindSpec = {
  type: secrets,
  model: 'V1Secret',
  columns: [
    nameColumn,
    text('Type', object => textAt(object, 'type')),
    text('Data', object => countKeys(at(object, 'data'))),
    ageColumn,
  ],
  defaults(object) {
    object['type'] ??= 'Opaque'
    const plain = Object.entries(mapAt(object, 'stringData'))
    delete object['stringData']
    if (plain.length === 0) return
    const data = ensureObject(object, 'data')
    for (const [key, value] of plain) data[key] = Buffer.from(value).toString('base64')
  },
  validate: validateSecret,
  validateUpdate: (object, old) => [
    ...(object['type'] === old['type'] ? [] : [immutable('type', object['type'])]),
    ...validateImmutable(object, old, ['data']),
    ...validateSecret(object),
  ],
}

export const configKinds: readonly KindSpec[] = [configMapKind, secretKind]
