import {isObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, numberAt, textAt} from '../fields.ts'
import {forbidden, invalid, required, unsupported} from '../problems.ts'

const mostId = 2 ** 31 - 1

function validateId(value: number | undefined, field: string): FieldError[] {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= mostId)) return []
  return [invalid(field, value, `must be between 0 and ${mostId}, inclusive`)]
}

function validateSeccomp(profile: unknown, field: string): FieldError[] {
  if (!isObject(profile)) return []
  const type = textAt(profile, 'type')
  const local = at(profile, 'localhostProfile')
  if (type === '') return [required(`${field}.type`, 'type is required when seccompProfile is set')]
  if (!['Localhost', 'RuntimeDefault', 'Unconfined'].includes(type)) {
    return [unsupported(`${field}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined'])]
  }
  if (type === 'Localhost') {
    if (local !== undefined) return []
    return [required(`${field}.localhostProfile`, 'must be set when seccomp type is Localhost')]
  }
  if (local === undefined) return []
  return [invalid(`${field}.localhostProfile`, local, 'can only be set when seccomp type is Localhost')]
}

/** A container's security context. */
export function validateSecurityContext(context: unknown, field: string): FieldError[] {
  if (!isObject(context)) return []
  const found = ['runAsUser', 'runAsGroup'].flatMap(key =>
    validateId(numberAt(context, key), `${field}.${key}`),
  )
  if (context['privileged'] === true && context['allowPrivilegeEscalation'] === false) {
    found.push(
      invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
    )
  }
  return [...found, ...validateSeccomp(context['seccompProfile'], `${field}.seccompProfile`)]
}

/** A pod's security context. */
export function validatePodSecurityContext(spec: unknown, field: string): FieldError[] {
  const context = at(spec, 'securityContext')
  const found = ['runAsUser', 'runAsGroup', 'fsGroup'].flatMap(key =>
    validateId(numberAt(context, key), `${field}.${key}`),
  )
  const policy = textAt(context, 'fsGroupChangePolicy')
  if (policy !== '' && !['Always', 'OnRootMismatch'].includes(policy)) {
    found.push(unsupported(`${field}.fsGroupChangePolicy`, policy, ['Always', 'OnRootMismatch']))
  }
  if (at(spec, 'shareProcessNamespace') === true && at(spec, 'hostPID') === true) {
    found.push(
      invalid(
        `${field}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    )
  }
  if (isObject(at(context, 'windowsOptions')) && at(spec, 'os', 'name') === 'linux') {
    found.push(forbidden(`${field}.windowsOptions`, 'windows options cannot be set for a linux pod'))
  }
  return [...found, ...validateSeccomp(at(context, 'seccompProfile'), `${field}.seccompProfile`)]
}
