import type {KubeObject} from '../../registry.ts'
import {holdsAll} from '../../selector.ts'
import {isObject} from '../json.ts'
import type {Kind} from '../kind.ts'
import type {Backend} from '../registry/backend.ts'
import {apiVersionOf, inVersion} from '../registry/backend.ts'
import {fieldFilter} from '../selectors/field.ts'
import {parseLabelSelector} from '../selectors/label.ts'
import {badRequest, expired, invalidListOptions, tooLargeVersion} from '../status.ts'
import {objectKey, resourceKey} from '../storage/store.ts'
import type {Representation} from './representation.ts'
import {partialMetadata, tableOf} from './representation.ts'

export type Filter = (object: KubeObject) => boolean

/** The query's label and field selectors as one predicate; `undefined` when everything matches. */
export function filterOf(kind: Kind, query: URLSearchParams): Filter | undefined {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const shownFields = fieldFilter(kind, query.get('fieldSelector'))
  const {view} = kind
  const fields: Filter | undefined =
    shownFields === undefined || view === undefined
      ? shownFields
      : object => shownFields(inVersion(object, kind))
  if (labels.length === 0) return fields
  return object => holdsAll(labels, object.metadata?.labels ?? {}) && (fields === undefined || fields(object))
}

interface Page {
  objects: KubeObject[]
  metadata: Record<string, unknown>
}

/** The objects that a list asks for, one page of them where it sets a limit. */
export function pageOf(
  backend: Backend,
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
): Page {
  const filter = filterOf(kind, query)
  const token = query.get('continue')
  const from = token ? decodeContinue(token) : undefined
  const exact = from?.version ?? exactVersion(backend, query)
  const all = listAt(backend, kind, kind.namespaced ? namespace : undefined, exact)
  const wanted = filter === undefined ? all : all.filter(filter)
  const version = exact ?? String(backend.store.version)
  const rest = from === undefined ? wanted : wanted.filter(object => keyOf(object) > from.after)
  const limit = Number(query.get('limit') ?? 0)
  if (!(limit > 0) || rest.length <= limit) return {objects: rest, metadata: {resourceVersion: version}}
  const objects = rest.slice(0, limit)
  const after = keyOf(objects.at(-1) ?? {})
  const remaining = filter === undefined ? {remainingItemCount: rest.length - limit} : {}
  return {
    objects,
    metadata: {resourceVersion: version, continue: encodeContinue({version, after}), ...remaining},
  }
}

/** The version that a list must show exactly; a page of a list shows what its first page did. */
function exactVersion(backend: Backend, query: URLSearchParams): string | undefined {
  const version = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  if (match !== '' && version === '') {
    throw invalidListOptions(
      'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    )
  }
  if (!['', 'Exact', 'NotOlderThan'].includes(match)) {
    throw invalidListOptions(
      `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
    )
  }
  if (match === 'Exact' && version === '0') {
    const why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
    throw invalidListOptions(`Forbidden: ${why}`)
  }
  const wanted = /^\d+$/.test(version) ? Number(version) : 0
  if (wanted > backend.store.version) throw tooLargeVersion(wanted, backend.store.version)
  return match === 'Exact' ? version : undefined
}

/** The objects as they were at a version, in the order of their keys; now where none is given. */
function listAt(
  backend: Backend,
  kind: Kind,
  namespace: string | undefined,
  version: string | undefined,
): KubeObject[] {
  const {store} = backend
  const now = store.list(resourceKey(kind), namespace)
  if (version === undefined || version === String(store.version)) return now
  const changes = store.since(Number(version), resourceKey(kind))
  if (changes === undefined) throw expired(Number(version), store.version)
  if (changes.length === 0) return now
  const objects = new Map(now.map(object => [keyOf(object), object]))
  for (const {object, previous} of changes.toReversed()) {
    if (namespace !== undefined && object.metadata?.namespace !== namespace) continue
    if (previous === undefined) objects.delete(keyOf(object))
    else objects.set(keyOf(object), previous)
  }
  return [...objects].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object)
}

interface Position {
  /** The resourceVersion of the first page: a watch from there misses nothing. */
  version: string
  after: string
}

const keyOf = (object: KubeObject): string =>
  objectKey(object.metadata?.namespace, object.metadata?.name ?? '')

const encodeContinue = (position: Position): string =>
  Buffer.from(JSON.stringify({v: 'meta.k8s.io/v1', rv: position.version, start: position.after})).toString(
    'base64url',
  )

function decodeContinue(token: string): Position {
  const bytes = Buffer.from(token, 'base64url')
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const shown = goByte(bytes[0] ?? 0)
    throw badRequest(
      `invalid continue token: continue key is not valid: invalid character ${shown} looking for beginning of value`,
    )
  }
  if (!isObject(value) || typeof value['rv'] !== 'string' || typeof value['start'] !== 'string') {
    throw badRequest(
      'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion',
    )
  }
  return {version: value['rv'], after: value['start']}
}

/** A byte as Go quotes it in its complaints. */
const goByte = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `'\\u${byte.toString(16).padStart(4, '0')}'`

/** The list as JSON text. Objects of built-in kinds leave out what the list already says. */
export function listText(
  backend: Backend,
  kind: Kind,
  page: Page,
  {representation, query}: {representation: Representation; query: URLSearchParams},
): string {
  if (representation === 'table') {
    const include = query.get('includeObject') ?? 'Metadata'
    const options = {now: backend.now(), include, metadata: page.metadata, withColumns: true}
    return JSON.stringify(tableOf(kind, page.objects, options))
  }
  if (representation === 'metadata') {
    return JSON.stringify({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: page.metadata,
      items: page.objects.map(partialMetadata),
    })
  }
  const head = JSON.stringify({kind: kind.listKind, apiVersion: apiVersionOf(kind), metadata: page.metadata})
  const items = page.objects.map(object => itemText(backend, kind, object))
  return `${head.slice(0, -1)},"items":[${items.join(',')}]}`
}

function itemText(backend: Backend, kind: Kind, object: KubeObject): string {
  const text = backend.store.encode(inVersion(object, kind))
  if (kind.custom) return text
  // Stored objects begin with kind and apiVersion (see Store.put).
  const prefix = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},`
  return text.startsWith(prefix) ? `{${text.slice(prefix.length)}` : text
}
