import type {ApplyOptions, DeleteOptions, KubeObject, ObjectRef} from '../ports.ts'
import {type Api, type Call, refOf, refuse, titleOf} from './api.ts'
import {isUnserved, statusError, statusOf} from './failure.ts'

export const fieldManager = 'pgk'

const dry = (dryRun: boolean | undefined): string | undefined => (dryRun ? 'All' : undefined)

/** Server-side apply. The object goes over the wire as it is; a JSON body is YAML as well. */
export async function applyObject(
  api: Api,
  object: KubeObject,
  options: ApplyOptions = {},
): Promise<KubeObject> {
  const ref = refOf(object)
  return api.object({
    method: 'PATCH',
    path: await api.objectPath(ref, options.subresource),
    query: {fieldManager, force: options.force ? 'true' : undefined, dryRun: dry(options.dryRun)},
    contentType: 'application/apply-patch+yaml',
    body: object,
    asked: {verb: 'apply', object: titleOf(ref)},
    repeatable: true,
  })
}

export async function createObject(
  api: Api,
  object: KubeObject,
  options: {dryRun?: boolean} = {},
): Promise<KubeObject> {
  const {name, generateName, namespace} = object.metadata
  return api.object({
    method: 'POST',
    path: await api.collectionPath(object, namespace),
    query: {fieldManager, dryRun: dry(options.dryRun)},
    body: object,
    asked: {
      verb: 'create',
      object: titleOf({
        kind: object.kind,
        name: name ?? (typeof generateName === 'string' ? `${generateName}…` : ''),
        ...(namespace === undefined ? {} : {namespace}),
      }),
    },
    // Sent twice, a generated name would give two objects, and a given one a false "already there".
    repeatable: false,
  })
}

export async function patchObject(
  api: Api,
  ref: ObjectRef,
  patch: Record<string, unknown>,
  options: {subresource?: 'status'} = {},
): Promise<KubeObject> {
  return api.object({
    method: 'PATCH',
    path: await api.objectPath(ref, options.subresource),
    query: {fieldManager},
    contentType: 'application/merge-patch+json',
    body: patch,
    asked: {verb: 'patch', object: titleOf(ref)},
    repeatable: true,
  })
}

function preconditions(options: DeleteOptions): {preconditions?: Record<string, string>} {
  const wanted = {
    ...(options.uid === undefined ? {} : {uid: options.uid}),
    ...(options.resourceVersion === undefined ? {} : {resourceVersion: options.resourceVersion}),
  }
  return Object.keys(wanted).length > 0 ? {preconditions: wanted} : {}
}

/** True when something was there to delete. */
export async function deleteObject(api: Api, ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
  const call: Call = {
    method: 'DELETE',
    path: await api.objectPath(ref),
    query: {dryRun: dry(options.dryRun)},
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      ...(options.gracePeriodSeconds === undefined ? {} : {gracePeriodSeconds: options.gracePeriodSeconds}),
      ...preconditions(options),
    },
    asked: {verb: 'delete', object: titleOf(ref)},
    repeatable: true,
  }
  const response = await api.answer(call)
  if (response.status === 404) {
    if (!isUnserved(statusOf(response.body))) return false
    throw statusError(api.connection, call.asked, response.status, response.body)
  }
  refuse(api.connection, call, response)
  return true
}
