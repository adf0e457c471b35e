import type {Operation} from 'fast-json-patch'
import jsonPatch from 'fast-json-patch'
import {StatusError} from '../../registry.ts'
import {cloneJson, isObject} from '../json.ts'
import {badRequest} from '../status.ts'

const isOperation = (value: unknown): value is Operation =>
  isObject(value) && typeof value['op'] === 'string' && typeof value['path'] === 'string'

/** RFC 6902. A failed test or a path that is not there refuses the whole patch. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    )
  }
  const operations = patch.filter(isOperation)
  if (operations.length !== patch.length)
    throw badRequest('error decoding patch: an operation lacks op or path')
  try {
    return jsonPatch.applyPatch(cloneJson(target), operations, true).newDocument
  } catch (error) {
    const refusal = 'the server rejected our request due to an error in our request'
    throw Object.assign(new StatusError(422, 'Invalid', refusal, {}), {cause: error})
  }
}
