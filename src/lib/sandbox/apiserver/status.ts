import {StatusError} from '../registry.ts'
import type {FieldError} from './kind.ts'

interface Named {
  group: string
  plural: string
}
interface Kinded {
  group: string
  kind: string
}

const qualified = (type: Named): string => (type.group === '' ? type.plural : `${type.plural}.${type.group}`)
const qualifiedKind = (type: Kinded): string => (type.group === '' ? type.kind : `${type.kind}.${type.group}`)

const details = (name: string, group: string, kind: string): Record<string, unknown> => ({
  ...(name === '' ? {} : {name}),
  ...(group === '' ? {} : {group}),
  kind,
})

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')

/** A type without a plural stands for a path that is no resource. */
export function forbidden(type: Named, name: string, why: string): StatusError {
  if (type.plural === '') return new StatusError(403, 'Forbidden', `forbidden: ${why}`, {})
  const what = `${qualified(type)}${name === '' ? '' : ` ${JSON.stringify(name)}`}`
  return new StatusError(
    403,
    'Forbidden',
    `${what} is forbidden: ${why}`,
    details(name, type.group, type.plural),
  )
}

/** For paths that are no resource. */
export const forbiddenPath = (why: string): StatusError =>
  new StatusError(403, 'Forbidden', `forbidden: ${why}`, {})

export const notFound = (type: Named, name: string): StatusError =>
  new StatusError(
    404,
    'NotFound',
    `${qualified(type)} ${JSON.stringify(name)} not found`,
    details(name, type.group, type.plural),
  )

export const resourceNotFound = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = (): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  )

export const alreadyExists = (type: Named, name: string): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualified(type)} ${JSON.stringify(name)} already exists`,
    details(name, type.group, type.plural),
  )

export const conflict = (type: Named, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(type)} ${JSON.stringify(name)}: ${why}`,
    details(name, type.group, type.plural),
  )

export const modifiedMeanwhile = (type: Named, name: string): StatusError =>
  conflict(
    type,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  )

/** A delete's precondition; Kubernetes names the kind here where others name the resource. */
export const uidMismatch = (type: Kinded, name: string, wanted: string, found: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedKind(type)} ${JSON.stringify(name)}: the UID in the ` +
      `precondition (${wanted}) does not match the UID in record (${found}). The object might have been ` +
      'deleted and then recreated',
    details(name, type.group, type.kind),
  )

export const versionMismatch = (type: Kinded, name: string, wanted: string, found: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedKind(type)} ${JSON.stringify(name)}: the ResourceVersion in ` +
      `the precondition (${wanted}) does not match the ResourceVersion in record (${found}). The object ` +
      'might have been modified',
    details(name, type.group, type.kind),
  )

export const expired = (wanted: number, oldest: number): StatusError =>
  new StatusError(410, 'Expired', `too old resource version: ${wanted} (${oldest})`)

/** A version of the future, as a client has that saw another server; it may come yet. */
export const tooLargeVersion = (wanted: number, newest: number): StatusError => {
  const message = `Too large resource version: ${wanted}, current: ${newest}`
  const causes = [{reason: 'ResourceVersionTooLarge', message: 'Too large resource version'}]
  return new StatusError(504, 'Timeout', `Timeout: ${message}`, {causes, retryAfterSeconds: 1})
}

/** Options of a list that contradict each other; `why` begins with its kind: `Forbidden: …`. */
export function invalidListOptions(why: string): StatusError {
  const field = 'resourceVersionMatch'
  const reason = why.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueNotSupported'
  const type = {group: 'meta.k8s.io', kind: 'ListOptions', plural: 'listoptions'}
  return invalid(type, '', [{field, reason, message: why}])
}

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

export function invalid(type: Kinded, name: string, errors: readonly FieldError[]): StatusError {
  const sentences = [...new Set(errors.map(error => `${error.field}: ${error.message}`))]
  const [only] = sentences
  const text = sentences.length === 1 ? only : `[${sentences.join(', ')}]`
  return new StatusError(
    422,
    'Invalid',
    `${qualifiedKind(type)} ${JSON.stringify(name)} is invalid: ${text}`,
    {
      ...details(name, type.group, type.kind),
      causes: errors.map(({field, reason, message}) => ({reason, message, field})),
    },
  )
}

export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {causes: [{message}]})

/** As an API server passes on that its etcd is full, and how to help; what was stored before is still there. */
export const storageFull = (path: string): StatusError =>
  new StatusError(
    500,
    '',
    `etcdserver: mvcc: database space exceeded: the disk that holds ${path} is full; nothing was changed. ` +
      'Free some space on it, and writes succeed again',
  )
