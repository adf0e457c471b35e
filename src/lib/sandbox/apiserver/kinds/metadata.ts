import {isObject, type JsonObject} from '../json.ts'
import type {FieldError} from '../kind.ts'
import {at, listAt, mapAt, textAt, textsAt} from './fields.ts'
import {asPrefix, pathSegment, qualifiedName, type Rule, validLabelValue} from './names.ts'
import {forbidden, immutable, invalid, joinPath, required, tooLong} from './problems.ts'

export function validateLabels(labels: unknown, field: string): FieldError[] {
  if (!isObject(labels)) return []
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map(text => invalid(field, key, text)),
    ...validLabelValue(typeof value === 'string' ? value : '').map(text => invalid(field, value, text)),
  ])
}

const mostAnnotationBytes = 256 * 1024

export function validateAnnotations(annotations: unknown, field: string): FieldError[] {
  const entries = Object.entries(mapAt(annotations))
  const found = entries.flatMap(([key]) =>
    qualifiedName(key.toLowerCase()).map(text => invalid(field, key, text)),
  )
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  return size > mostAnnotationBytes ? [...found, tooLong(field, mostAnnotationBytes)] : found
}

function validateOwners(metadata: JsonObject): FieldError[] {
  const owners = listAt(metadata, 'ownerReferences')
  const field = 'metadata.ownerReferences'
  const found = owners.flatMap((owner, index) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter(key => textAt(owner, key) === '')
      .map(key => {
        const text = key === 'apiVersion' ? 'version must not be empty' : 'must not be empty'
        return invalid(joinPath(field, index, key), textAt(owner, key), text)
      }),
  )
  const [first, second] = owners.filter(owner => owner['controller'] === true)
  if (!first || !second) return found
  const name = (owner: JsonObject) => `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`
  const text = 'Only one reference can have Controller set to true. Found "true" in references for'
  return [...found, invalid(field, owners, `${text} ${name(first)} and ${name(second)}`)]
}

function validateFinalizers(metadata: JsonObject): FieldError[] {
  const field = 'metadata.finalizers'
  const finalizers = textsAt(metadata, 'finalizers')
  const found = finalizers.flatMap(name => qualifiedName(name).map(text => invalid(field, name, text)))
  if (!finalizers.includes('orphan') || !finalizers.includes('foregroundDeletion')) return found
  return [...found, invalid(field, finalizers, 'finalizers orphan and foregroundDeletion cannot be both set')]
}

/** What every object's metadata must satisfy. */
export function validateMetadata(object: JsonObject, nameRule: Rule): FieldError[] {
  const metadata = at(object, 'metadata')
  const meta = isObject(metadata) ? metadata : {}
  const name = textAt(meta, 'name')
  const generateName = textAt(meta, 'generateName')
  const found: FieldError[] = []
  if (generateName !== '') {
    found.push(
      ...asPrefix(nameRule)(generateName).map(text => invalid('metadata.generateName', generateName, text)),
    )
  }
  if (name !== '') found.push(...nameRule(name).map(text => invalid('metadata.name', name, text)))
  else if (generateName === '') found.push(required('metadata.name', 'name or generateName is required'))
  return [
    ...found,
    ...validateLabels(meta['labels'], 'metadata.labels'),
    ...validateAnnotations(meta['annotations'], 'metadata.annotations'),
    ...validateOwners(meta),
    ...validateFinalizers(meta),
  ]
}

const fixedFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]

/** Go's notation of a list of strings, as some sentences show it. */
const goStrings = (values: readonly string[]): string =>
  `[]string{${values.map(value => JSON.stringify(value)).join(', ')}}`

/** What an update may not do to metadata. */
export function validateMetadataUpdate(object: JsonObject, old: JsonObject): FieldError[] {
  const found: FieldError[] = []
  if (at(old, 'metadata', 'deletionTimestamp') !== undefined) {
    const before = new Set(textsAt(old, 'metadata', 'finalizers'))
    const added = textsAt(object, 'metadata', 'finalizers').filter(name => !before.has(name))
    if (added.length > 0) {
      const text = 'no new finalizers can be added if the object is being deleted, found new finalizers'
      found.push(forbidden('metadata.finalizers', `${text} ${goStrings(added)}`))
    }
  }
  for (const key of fixedFields) {
    const value = at(object, 'metadata', key)
    if (value !== at(old, 'metadata', key)) found.push(immutable(`metadata.${key}`, value))
  }
  return found
}

/** The checks that Kubernetes' generic update makes besides the kind's own, in addition and in this order. */
export const validateAnyUpdate = (object: JsonObject, old: JsonObject): FieldError[] => [
  ...validateMetadata(object, pathSegment),
  ...validateMetadataUpdate(object, old),
]
