import type {ServerResponse} from 'node:http'
import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {applyObject} from '../apply/apply.ts'
import type {Kind} from '../kind.ts'
import {PROTOBUF} from '../protobuf/decode.ts'
import type {Backend} from '../registry/backend.ts'
import {read} from '../registry/backend.ts'
import {createObject} from '../registry/create.ts'
import {updateObject} from '../registry/update.ts'
import {badRequest, methodNotAllowed, notFound} from '../status.ts'
import {mediaType, parseBody, readBody} from './body.ts'
import type {Decoded} from './decode.ts'
import {decodeAs, fieldValidationOf, unparsable} from './decode.ts'
import {deleteCollection, deleteOne, deleteOptions} from './delete.ts'
import type {Answer, ApiRequest} from './hooks.ts'
import {readJsonText} from './json-text.ts'
import {listText, pageOf} from './list.ts'
import {APPLY_PATCH, checkPatchType, nameMismatch, namespaceMismatch, patchBody, patched} from './patch.ts'
import {mayCreateByUpdate, needsVersion, versionMissing} from './put.ts'
import {partialMetadata, representationOf, tableOf} from './representation.ts'
import {sendText, warn} from './respond.ts'
import {serveScale} from './scale.ts'
import {serveWatch} from './watch.ts'
import {writeOptions} from './write-options.ts'

/** Serves every verb on the objects of one kind, their status and their scale. */
export async function serveResource(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const {resource, verb} = request.attributes
  const name = resource?.name
  if (resource?.subresource === 'scale') return serveScale(backend, kind, request)
  if (resource?.subresource === undefined && !kind.verbs.includes(verb)) throw methodNotAllowed()
  switch (verb) {
    case 'watch':
      serveWatch(backend, kind, request, response)
      return undefined
    case 'list':
      sendText(response, 200, 'application/json', list(backend, kind, request))
      return undefined
    case 'deletecollection':
      sendText(response, 200, 'application/json', await deleteCollection(backend, kind, request))
      return undefined
    case 'create':
      if (name !== undefined) throw methodNotAllowed()
      return create(backend, kind, request, response)
    default:
      if (name === undefined) throw methodNotAllowed()
      return serveNamed(backend, kind, request, {response, name})
  }
}

async function serveNamed(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  {response, name}: {response: ServerResponse; name: string},
): Promise<Answer | undefined> {
  const namespace = request.attributes.resource?.namespace
  switch (request.attributes.verb) {
    case 'get':
      return {status: 200, object: represented(backend, kind, request, found(backend, kind, namespace, name))}
    case 'update':
      return update(backend, kind, request, response)
    case 'patch':
      return patch(backend, kind, request, response)
    case 'delete': {
      const options = await deleteOptions(request.message, request.query)
      return deleteOne(backend, kind, {namespace, name}, options)
    }
    default:
      throw methodNotAllowed()
  }
}

function found(backend: Backend, kind: Kind, namespace: string | undefined, name: string): KubeObject {
  const object = read(backend, kind, namespace, name)
  if (object === undefined) throw notFound(kind, name)
  return object
}

function list(backend: Backend, kind: Kind, request: ApiRequest): string {
  const {query, attributes, message} = request
  const representation = representationOf(message.headers.accept)
  const page = pageOf(backend, kind, attributes.resource?.namespace, query)
  return listText(backend, kind, page, {representation, query})
}

/** The one object in the form that the client accepts. */
function represented(backend: Backend, kind: Kind, request: ApiRequest, object: KubeObject): unknown {
  const representation = representationOf(request.message.headers.accept)
  if (representation === 'object') return object
  if (representation === 'metadata') return partialMetadata(object)
  const include = request.query.get('includeObject') ?? 'Metadata'
  const metadata = {resourceVersion: object.metadata?.resourceVersion}
  return tableOf(kind, [object], {now: backend.now(), include, metadata, withColumns: true})
}

async function decodeBody(kind: Kind, request: ApiRequest): Promise<Decoded> {
  const bytes = await readBody(request.message)
  let value: unknown
  try {
    value = parseBody(bytes, mediaType(request.message))
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw unparsable(kind, bytes, error)
  }
  const validation = fieldValidationOf(request.query)
  const isJson = validation !== 'Ignore' && mediaType(request.message) !== PROTOBUF
  // A text that is YAML is no JSON: its parser refuses keys given twice by itself.
  const duplicates = isJson ? readJsonText(bytes.toString('utf8')).duplicates : []
  return decodeAs(kind, value, validation, duplicates)
}

/** Puts the namespace of the path into the object; a different one in it is refused. */
function placed(kind: Kind, request: ApiRequest, object: KubeObject): KubeObject {
  const namespace = request.attributes.resource?.namespace
  if (!kind.namespaced || namespace === undefined) return object
  const given = object.metadata?.namespace
  if (given !== undefined && given !== '' && given !== namespace) throw namespaceMismatch()
  return {...object, metadata: {...object.metadata, namespace}}
}

function warnAbout(
  response: ServerResponse,
  kind: Kind,
  object: KubeObject,
  warnings: readonly string[],
): void {
  warn(response, [...warnings, ...kind.warnings(object)])
}

async function create(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer> {
  const {object, warnings} = await decodeBody(kind, request)
  if (kind.namespaced && request.attributes.resource?.namespace === undefined) {
    throw badRequest('an empty namespace may not be set during creation')
  }
  const created = createObject(backend, kind, placed(kind, request, object), writeOptions(request))
  warnAbout(response, kind, created, warnings)
  return {status: 201, object: represented(backend, kind, request, created)}
}

async function update(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer> {
  const {object, warnings} = await decodeBody(kind, request)
  const {name = '', namespace, subresource} = request.attributes.resource ?? {}
  const given = object.metadata?.name ?? ''
  if (given !== name) throw nameMismatch(given, name)
  const wanted = placed(kind, request, object)
  if (
    subresource === undefined &&
    mayCreateByUpdate(kind) &&
    read(backend, kind, namespace, name) === undefined
  ) {
    const created = createObject(backend, kind, wanted, writeOptions(request))
    return {status: 201, object: represented(backend, kind, request, created)}
  }
  if (needsVersion(kind) && !object.metadata?.resourceVersion) throw versionMissing(kind, name)
  const updated = updateObject(backend, kind, wanted, writeOptions(request))
  warnAbout(response, kind, updated, warnings)
  return {status: 200, object: represented(backend, kind, request, updated)}
}

async function patch(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer> {
  const type = mediaType(request.message)
  checkPatchType(kind, type)
  const body = await patchBody(request, type)
  const {namespace, name = ''} = request.attributes.resource ?? {}
  if (type === APPLY_PATCH) {
    const {object, created, warnings} = applyObject(backend, kind, {namespace, name, config: body}, request)
    warnAbout(response, kind, object, warnings)
    return {status: created ? 201 : 200, object: represented(backend, kind, request, object)}
  }
  const old = found(backend, kind, namespace, name)
  const {object, warnings} = patched(kind, old, {type, patch: body}, fieldValidationOf(request.query))
  const updated = updateObject(backend, kind, object, writeOptions(request))
  warnAbout(response, kind, updated, warnings)
  return {status: 200, object: represented(backend, kind, request, updated)}
}
