import {failedError, forbiddenError, notFoundError, PgkError, refusedError, usageError} from '../errors.ts'
import {isRecord} from '../record.ts'
import type {Connection} from './connect.ts'
import {deniedError} from './denied.ts'

/** A Kubernetes `Status`, as far as pgk reads it. */
export interface Status {
  message: string
  reason: string
  causes: {reason: string; message: string; field: string}[]
  details: {name: string; kind: string; retryAfterSeconds: number | undefined}
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Reads whatever an API, or a proxy before it, answered a failed request with. */
export function statusOf(body: string): Status {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = undefined
  }
  const status =
    isRecord(parsed) && parsed['kind'] === 'Status' ? parsed : {message: body.trim().slice(0, 300)}
  const details = isRecord(status['details']) ? status['details'] : {}
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isRecord) : []
  const retryAfter = details['retryAfterSeconds']
  return {
    message: textOf(status['message']),
    reason: textOf(status['reason']),
    causes: causes.map(cause => ({
      reason: textOf(cause['reason']),
      message: textOf(cause['message']),
      field: textOf(cause['field']),
    })),
    details: {
      name: textOf(details['name']),
      kind: textOf(details['kind']),
      retryAfterSeconds: typeof retryAfter === 'number' ? retryAfter : undefined,
    },
  }
}

/** What was asked, for the sentence that says what failed. */
export interface Asked {
  verb: string
  /** `StatefulSet db/hippo-pg-1` */
  object: string
  namespace?: string
}

/** Turns a refusal of the API into the error that a person reads. */
export function statusError(connection: Connection, asked: Asked, code: number, body: string): PgkError {
  const status = statusOf(body)
  const details = {object: asked.object, reason: status.message}
  switch (code) {
    case 401:
      return forbiddenError('NOT_AUTHENTICATED', 'the Kubernetes API does not accept your credentials', {
        object: `context ${connection.context} at ${connection.server.origin}`,
        reason: 'the token or certificate is invalid or has expired',
        hints: ['Log in again the way your cluster’s provider documents, then repeat the command.'],
      })
    case 403:
      return deniedError(asked, status)
    case 404:
      return missingError(asked, status)
    case 409:
      return conflictError(asked, status)
    case 400:
    case 422:
      return usageError('OBJECT_INVALID', `Kubernetes does not accept the ${asked.object}`, {
        object: asked.object,
        reason: fieldsOf(status) || status.message,
      })
    default:
      return failedError('API_ERROR', `Kubernetes could not ${asked.verb} the ${asked.object}`, {
        ...details,
        reason: `${code} ${status.reason} ${status.message}`.replace(/\s+/g, ' ').trim(),
      })
  }
}

/** True for a 404 about the path itself: no such kind here. A missing object's 404 names the object. */
export const isUnserved = (status: Status): boolean =>
  status.reason !== 'NotFound' || status.message.includes('could not find the requested resource')

const fieldsOf = (status: Status): string =>
  status.causes
    .filter(cause => cause.field !== '' && cause.field !== '<nil>')
    .map(cause => `${cause.field}: ${cause.message}`)
    .join('; ')

function missingError(asked: Asked, status: Status): PgkError {
  if (status.details.kind === 'namespaces' && !asked.object.startsWith('Namespace ')) {
    return notFoundError('NAMESPACE_NOT_FOUND', `there is no namespace "${status.details.name}"`, {
      object: asked.object,
      hints: [`Create it first: kubectl create namespace ${status.details.name}`],
    })
  }
  if (isUnserved(status)) {
    return notFoundError('KIND_NOT_SERVED', 'this Kubernetes does not serve that kind of object', {
      object: asked.object,
      reason: status.message,
    })
  }
  return notFoundError('NOT_FOUND', 'there is no such object', {object: asked.object, reason: status.message})
}

function conflictError(asked: Asked, status: Status): PgkError {
  if (status.reason === 'AlreadyExists') {
    return refusedError('ALREADY_EXISTS', 'it is already there', {
      object: asked.object,
      reason: status.message,
    })
  }
  const fought = status.causes.filter(cause => cause.reason === 'FieldManagerConflict')
  if (fought.length === 0) {
    return refusedError('CONFLICT', 'somebody changed it in the meantime', {
      object: asked.object,
      reason: status.message,
      hints: ['Run the command again: it starts from the new state.'],
    })
  }
  const managers = new Set(fought.map(cause => /conflict with "([^"]*)"/.exec(cause.message)?.[1] ?? '?'))
  const names = [...managers].map(name => `"${name}"`).join(', ')
  return refusedError('FIELD_CONFLICT', `another manager, ${names}, owns fields that this would change`, {
    object: asked.object,
    reason: fought.map(cause => `${cause.field} belongs to ${/"[^"]*"/.exec(cause.message)?.[0]}`).join('; '),
    hints: [
      `Change those fields where ${names} gets them from, or stop it managing this object.`,
      'Or take them over with --force-conflicts.',
    ],
  })
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
const messageOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'AbortError') return 'it did not answer in time'
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** Turns a failure to reach the API at all into the error that a person reads. */
export function networkError(connection: Connection, cause: unknown): PgkError {
  if (cause instanceof PgkError) return cause
  const code = codeOf(cause)
  const object = `${connection.server.origin} (context ${connection.context})`
  const reason = messageOf(cause)
  if (untrusted.has(code)) {
    return failedError('API_UNTRUSTED', 'the Kubernetes API’s certificate is not trusted', {
      object,
      reason,
      hints: ['Put the right certificate-authority-data into the kubeconfig; the provider hands it out.'],
      cause,
    })
  }
  if (
    /alert (certificate|bad certificate|unknown ca)|ALERT_(BAD_)?CERTIFICATE|ALERT_UNKNOWN_CA/i.test(
      code + reason,
    )
  ) {
    return forbiddenError('NOT_AUTHENTICATED', 'the Kubernetes API does not accept your client certificate', {
      object,
      reason,
      hints: ['It may have expired. Log in again the way your cluster’s provider documents.'],
      cause,
    })
  }
  return failedError('API_UNREACHABLE', 'the Kubernetes API cannot be reached', {
    object,
    reason,
    hints: ['Check that the cluster runs and that this machine may reach it: kubectl version'],
    cause,
  })
}
