import type {IncomingMessage} from 'node:http'
import type {RegistryDelete} from '../../registry.ts'
import {listOf, objectOf, textOf} from '../json.ts'
import type {Kind} from '../kind.ts'
import type {Backend} from '../registry/backend.ts'
import {removeObject} from '../registry/remove.ts'
import {badRequest} from '../status.ts'
import {resourceKey} from '../storage/store.ts'
import {parseBody, readBody} from './body.ts'
import type {Answer, ApiRequest} from './hooks.ts'
import {filterOf, listText, pageOf} from './list.ts'
import {isDryRun} from './write-options.ts'

type Options = RegistryDelete & {dryRun: boolean}

/** Kinds that answer with the deleted object where others answer with a Status. */
const ANSWERS_WITH_OBJECT = new Set([
  '/pods',
  '/services',
  '/serviceaccounts',
  '/persistentvolumes',
  '/persistentvolumeclaims',
  '/resourcequotas',
  '/podtemplates',
  'storage.k8s.io/storageclasses',
])

/** DeleteOptions from the body or, where that is empty, from the query. */
export async function deleteOptions(message: IncomingMessage, query: URLSearchParams): Promise<Options> {
  const body = parseOptions(await readBody(message), message.headers['content-type'] ?? '')
  const grace = body['gracePeriodSeconds'] ?? number(query.get('gracePeriodSeconds'))
  const orphans = body['orphanDependents'] ?? query.get('orphanDependents')
  const legacy = String(orphans) === 'true' ? 'Orphan' : undefined
  const propagation = textOf(body['propagationPolicy']) ?? query.get('propagationPolicy') ?? legacy
  const {uid, resourceVersion} = objectOf(body['preconditions'])
  const dryRun = isDryRun(query) || listOf(body['dryRun']).includes('All')
  return {
    dryRun,
    ...(typeof grace === 'number' ? {gracePeriodSeconds: grace} : {}),
    ...(propagation === undefined ? {} : {propagation: policy(propagation)}),
    ...(typeof uid === 'string' ? {uid} : {}),
    ...(typeof resourceVersion === 'string' ? {resourceVersion} : {}),
  }
}

function parseOptions(bytes: Buffer, type: string): Record<string, unknown> {
  try {
    return objectOf(parseBody(bytes, type))
  } catch (error) {
    throw badRequest(
      `couldn't parse the delete options: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const number = (text: string | null): number | undefined =>
  text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined

function policy(text: string): 'Background' | 'Foreground' | 'Orphan' {
  if (text === 'Background' || text === 'Foreground' || text === 'Orphan') return text
  throw badRequest(
    `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(text)}: ` +
      'supported values: "Foreground", "Background", "Orphan", "nil"',
  )
}

export function deleteOne(
  backend: Backend,
  kind: Kind,
  {namespace, name}: {namespace: string | undefined; name: string},
  options: Options,
): Answer {
  const {object, removed} = removeObject(backend, kind, {namespace, name}, options)
  if (!removed || ANSWERS_WITH_OBJECT.has(resourceKey(kind))) return {status: 200, object}
  const details = {
    name,
    ...(kind.group === '' ? {} : {group: kind.group}),
    kind: kind.plural,
    uid: object.metadata?.uid,
  }
  return {status: 200, object: {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details}}
}

/** Deletes everything that the selectors match; answers with the list of what it was. */
export async function deleteCollection(backend: Backend, kind: Kind, request: ApiRequest): Promise<string> {
  const options = await deleteOptions(request.message, request.query)
  const namespace = request.attributes.resource?.namespace
  const filter = filterOf(kind, request.query)
  const page = pageOf(backend, kind, namespace, new URLSearchParams())
  const objects = filter === undefined ? page.objects : page.objects.filter(filter)
  for (const {metadata} of objects) {
    removeObject(backend, kind, {namespace: metadata?.namespace, name: metadata?.name ?? ''}, options)
  }
  const {query} = request
  return listText(backend, kind, {objects, metadata: page.metadata}, {representation: 'object', query})
}
