import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {isObject, textOf} from '../json.ts'
import type {Kind} from '../kind.ts'
import {applyJsonPatch} from '../patch/json.ts'
import {mergePatch} from '../patch/merge.ts'
import {strategicMerge} from '../patch/strategic.ts'
import {TypeMismatch} from '../schema/conform.ts'
import {rootSchema} from '../schema/meta.ts'
import {badRequest, unsupportedMediaType} from '../status.ts'
import {isKubeObject} from '../storage/decode.ts'
import {parseBody, readBody} from './body.ts'
import type {Decoded, FieldValidation} from './decode.ts'
import {conformed} from './decode.ts'
import type {ApiRequest} from './hooks.ts'

export const JSON_PATCH = 'application/json-patch+json'
export const MERGE_PATCH = 'application/merge-patch+json'
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json'
export const APPLY_PATCH = 'application/apply-patch+yaml'

export function checkPatchType(kind: Kind, type: string): void {
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(kind.custom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH]
  if (accepted.includes(type)) return
  if (type === STRATEGIC_PATCH) throw unsupportedMediaType(accepted)
  throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
}

/** The object with a JSON, merge or strategic merge patch applied, in its kind's shape again. */
export function patched(
  kind: Kind,
  object: KubeObject,
  {type, patch}: {type: string; patch: unknown},
  validation: FieldValidation,
): Decoded {
  const result = applyByType(kind, object, type, patch)
  if (!isKubeObject(result)) throw badRequest(`cannot restore ${kind.kind} from the patched document`)
  checkIdentity(object, result)
  try {
    return conformed(kind, result, validation)
  } catch (error) {
    if (error instanceof TypeMismatch)
      throw invalidPatch(type === JSON_PATCH ? result : quoted(result, patch), error)
    throw error
  }
}

function applyByType(kind: Kind, object: KubeObject, type: string, patch: unknown): unknown {
  if (type === JSON_PATCH) return applyJsonPatch(object, patch)
  if (type === MERGE_PATCH) return mergePatch(object, patch)
  return strategicMerge(rootSchema(kind), object, patch)
}

function checkIdentity(before: KubeObject, after: KubeObject): void {
  const name = textOf(after.metadata?.name) ?? ''
  const wanted = before.metadata?.name ?? ''
  if (name !== wanted) throw nameMismatch(name, wanted)
  const namespace = before.metadata?.namespace
  if (after.metadata?.namespace !== namespace && namespace !== undefined) {
    throw namespaceMismatch()
  }
}

export const nameMismatch = (given: string, wanted: string): StatusError =>
  badRequest(`the name of the object (${given}) does not match the name on the URL (${wanted})`)

export const namespaceMismatch = (): StatusError =>
  badRequest('the namespace of the provided object does not match the namespace sent on the request')

/** A merged document as it is quoted: with its keys in order wherever the patch went. */
function quoted(result: unknown, patch: unknown): unknown {
  if (!isObject(result) || !isObject(patch)) return result
  const entries = Object.entries(result).map(([key, value]) => [key, quoted(value, patch[key])] as const)
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function invalidPatch(result: unknown, mismatch: TypeMismatch): StatusError {
  const why = `Invalid value: ${JSON.stringify(JSON.stringify(result))}: ${mismatch.message}`
  const details = {causes: [{reason: 'FieldValueInvalid', message: why, field: 'patch'}]}
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${why}`, details)
}

/** The patch document of a request; YAML for server-side apply. */
export async function patchBody(request: ApiRequest, type: string): Promise<unknown> {
  const bytes = await readBody(request.message)
  try {
    return parseBody(bytes, type)
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`)
  }
}
