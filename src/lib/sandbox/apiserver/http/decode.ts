import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {textOf} from '../json.ts'
import type {Kind} from '../kind.ts'
import {apiVersionOf} from '../registry/backend.ts'
import {conform, TypeMismatch} from '../schema/conform.ts'
import {rootSchema} from '../schema/meta.ts'
import {badRequest} from '../status.ts'
import {isKubeObject} from '../storage/decode.ts'
import {readJsonText} from './json-text.ts'

/** What to do about fields that the schema does not know. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? ''
  if (value === '' || value === 'Warn') return 'Warn'
  if (value === 'Strict' || value === 'Ignore') return value
  const why = `Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`
  throw new StatusError(422, 'Invalid', `UpdateOptions.meta.k8s.io "" is invalid: fieldValidation: ${why}`, {
    group: 'meta.k8s.io',
    kind: 'UpdateOptions',
    causes: [{reason: 'FieldValueNotSupported', message: why, field: 'fieldValidation'}],
  })
}

export interface Decoded {
  object: KubeObject
  warnings: string[]
}

const handled = (kind: Kind, given: string): string =>
  `${given} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`

/** A body that failed to parse, as Kubernetes complains about it. */
export function unparsable(kind: Kind, bytes: Buffer, cause: unknown): StatusError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const why = readJsonText(bytes.toString('utf8')).fault ?? message
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; ` +
      `json parse error: ${why} (${bytes.subarray(0, 32).toString('hex')})`,
  )
}

/** Takes a parsed body as an object of this kind; kind and apiVersion may be missing, not different. */
export function decodeAs(
  kind: Kind,
  value: unknown,
  validation: FieldValidation,
  duplicates: readonly string[] = [],
): Decoded {
  if (!isKubeObject(value)) {
    throw badRequest(
      `${handled(kind, kind.kind)}: json: cannot unmarshal into Go value of type v1.${kind.kind}`,
    )
  }
  checkType(kind, value)
  try {
    return conformed(kind, value, validation, duplicates)
  } catch (error) {
    if (error instanceof TypeMismatch) throw badRequest(`${handled(kind, kind.kind)}: ${error.message}`)
    throw error
  }
}

function checkType(kind: Kind, value: KubeObject): void {
  const given = value.kind
  const version = value.apiVersion
  const expected = apiVersionOf(kind)
  if (given && given !== kind.kind) {
    const from = (version ?? expected).split('/').at(-1) ?? ''
    const group = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '')
    throw badRequest(
      `${handled(kind, given)}: converting (${from}.${given}) to (${group}.${kind.kind}): unknown conversion`,
    )
  }
  if (version && version !== expected) {
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${expected})`,
    )
  }
}

/** Unknown fields go, with a warning or, when strict, as a refusal. A `TypeMismatch` is the caller's to word. */
export function conformed(
  kind: Kind,
  value: KubeObject,
  validation: FieldValidation,
  duplicates: readonly string[] = [],
): Decoded {
  const {value: object, unknown} = conform(rootSchema(kind), value, kind)
  if (!isKubeObject(object)) throw badRequest(`${handled(kind, kind.kind)}: not an object`)
  const warnings = [
    ...unknown.map(path => `unknown field ${JSON.stringify(path)}`),
    ...duplicates.map(path => `duplicate field ${JSON.stringify(path)}`),
  ]
  if (validation === 'Strict' && warnings.length > 0) {
    const given = textOf(value.kind) ?? kind.kind
    throw badRequest(`${handled(kind, given)}: strict decoding error: ${warnings.join(', ')}`)
  }
  return {object, warnings: validation === 'Ignore' ? [] : warnings}
}
