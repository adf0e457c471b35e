import type {KubeObject} from '../../registry.ts'
import {cloneJson, isObject, objectOf, readPath} from '../json.ts'
import type {Kind, ScalePaths} from '../kind.ts'
import {applyJsonPatch} from '../patch/json.ts'
import {mergePatch} from '../patch/merge.ts'
import type {Backend, WriteOptions} from '../registry/backend.ts'
import {read} from '../registry/backend.ts'
import {updateObject} from '../registry/update.ts'
import {badRequest, methodNotAllowed, notFound} from '../status.ts'
import {mediaType} from './body.ts'
import type {Answer, ApiRequest} from './hooks.ts'
import {JSON_PATCH, patchBody} from './patch.ts'
import {writeOptions} from './write-options.ts'

/** Reads or writes the `scale` subresource. */
export async function serveScale(backend: Backend, kind: Kind, request: ApiRequest): Promise<Answer> {
  const paths = kind.scale
  const {namespace, name = ''} = request.attributes.resource ?? {}
  if (paths === undefined) throw methodNotAllowed()
  const object = read(backend, kind, namespace, name)
  if (object === undefined) throw notFound(kind, name)
  const {verb} = request.attributes
  if (verb === 'get') return {status: 200, object: scaleOf(paths, object)}
  if (verb !== 'update' && verb !== 'patch') throw methodNotAllowed()
  const type = mediaType(request.message)
  const body = await patchBody(request, type)
  // Read again: the body took time to come in.
  const current = read(backend, kind, namespace, name)
  if (current === undefined) throw notFound(kind, name)
  const before = scaleOf(paths, current)
  const wanted =
    verb === 'update' ? body : type === JSON_PATCH ? applyJsonPatch(before, body) : mergePatch(before, body)
  return {
    status: 200,
    object: writeScale(backend, {kind, paths, object: current}, wanted, writeOptions(request)),
  }
}

/** An object's `autoscaling/v1` Scale. Zero replicas are left out, as Go does. */
export function scaleOf(paths: ScalePaths, object: KubeObject): Record<string, unknown> {
  const {name, namespace, uid, resourceVersion, creationTimestamp} = object.metadata ?? {}
  const replicas = readPath(object, paths.replicas)
  const seen = readPath(object, paths.statusReplicas)
  const selector = paths.selector(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {name, namespace, uid, resourceVersion, creationTimestamp},
    spec: typeof replicas === 'number' && replicas !== 0 ? {replicas} : {},
    status: {replicas: typeof seen === 'number' ? seen : 0, ...(selector === '' ? {} : {selector})},
  }
}

/** Writes the wanted replicas of a Scale into its object; gives the new Scale. */
export function writeScale(
  backend: Backend,
  {kind, paths, object}: {kind: Kind; paths: ScalePaths; object: KubeObject},
  scale: unknown,
  options: WriteOptions,
): Record<string, unknown> {
  const replicas = readPath(scale, 'spec.replicas') ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas is not an integer')
  }
  const version = readPath(scale, 'metadata.resourceVersion')
  const draft = cloneJson(object)
  if (typeof version === 'string' && version !== '')
    draft.metadata = {...draft.metadata, resourceVersion: version}
  setPath(draft, paths.replicas, replicas)
  return scaleOf(paths, updateObject(backend, kind, draft, options))
}

function setPath(target: unknown, path: string, value: unknown): void {
  const parts = path.split('.')
  const last = parts.pop()
  let current = target
  for (const part of parts) {
    if (!isObject(current)) return
    const next = objectOf(current[part])
    current[part] = next
    current = next
  }
  if (isObject(current) && last !== undefined) current[last] = value
}
