import type {KindRef, KubeObject, ListOptions, ObjectRef} from '../ports.ts'
import {isRecord} from '../record.ts'
import {type Api, type Call, isKubeObject, refuse, titleOf} from './api.ts'
import {isUnserved, statusError, statusOf} from './failure.ts'

/** Lists are read in pages of this many objects. */
const pageSize = 500

export interface Listed {
  objects: KubeObject[]
  /** Where a watch continues. */
  resourceVersion: string
}

export async function listCall(api: Api, kind: KindRef, options: ListOptions): Promise<Call> {
  return {
    method: 'GET',
    path: await api.collectionPath(kind, options.namespace),
    query: {labelSelector: options.labelSelector, fieldSelector: options.fieldSelector},
    asked: {
      verb: 'list',
      object: `${kind.kind} objects${options.namespace === undefined ? '' : ` in namespace ${options.namespace}`}`,
    },
    repeatable: true,
  }
}

interface Page extends Listed {
  next: string | undefined
}

/** A list's items carry neither kind nor apiVersion: the list's own stand for them. */
function pageOf(kind: KindRef, list: unknown): Page {
  const items = isRecord(list) && Array.isArray(list['items']) ? list['items'] : []
  const metadata = isRecord(list) && isRecord(list['metadata']) ? list['metadata'] : {}
  const {continue: next, resourceVersion} = metadata
  return {
    objects: items
      .map((item: unknown) =>
        isRecord(item) ? {...item, apiVersion: kind.apiVersion, kind: kind.kind} : item,
      )
      .filter(isKubeObject),
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}

export async function listObjects(
  api: Api,
  kind: KindRef,
  options: ListOptions,
  signal?: AbortSignal,
): Promise<Listed> {
  const call: Call = {...(await listCall(api, kind, options)), ...(signal ? {signal} : {})}
  const objects: KubeObject[] = []
  let query: Call['query'] = {...call.query, limit: String(pageSize)}
  for (;;) {
    const page = pageOf(kind, await api.json({...call, query}))
    objects.push(...page.objects)
    if (page.next === undefined) return {objects, resourceVersion: page.resourceVersion}
    query = {...call.query, limit: String(pageSize), continue: page.next}
  }
}

/** The object, or undefined where there is none. An unserved kind throws. */
export async function getObject(api: Api, ref: ObjectRef): Promise<KubeObject | undefined> {
  const call: Call = {
    method: 'GET',
    path: await api.objectPath(ref),
    asked: {verb: 'get', object: titleOf(ref)},
    repeatable: true,
  }
  const response = await api.answer(call)
  if (response.status === 404) {
    if (!isUnserved(statusOf(response.body))) return undefined
    throw statusError(api.connection, call.asked, response.status, response.body)
  }
  refuse(api.connection, call, response)
  const parsed: unknown = JSON.parse(response.body)
  return isKubeObject(parsed) ? parsed : undefined
}
