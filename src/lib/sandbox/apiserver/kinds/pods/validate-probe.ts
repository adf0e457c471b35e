import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, numberAt, textAt, textsAt} from '../fields.ts'
import {portName, portNumber} from '../names.ts'
import {forbidden, invalid, required, unsupported} from '../problems.ts'

const atLeast = (field: string, value: number | undefined, least: number): FieldError[] =>
  value === undefined || value >= least
    ? []
    : [invalid(field, value, `must be greater than or equal to ${least}`)]

function validatePort(port: unknown, field: string): FieldError[] {
  if (typeof port === 'string') return portName(port).map(text => invalid(field, port, text))
  return portNumber(port).map(text => invalid(field, port ?? 0, text))
}

const handlers: Record<string, (action: JsonObject, field: string) => FieldError[]> = {
  exec: (action, field) => (textsAt(action, 'command').length === 0 ? [required(`${field}.command`)] : []),
  httpGet(action, field) {
    const scheme = textAt(action, 'scheme')
    return [
      ...(textAt(action, 'path') === '' ? [required(`${field}.path`)] : []),
      ...validatePort(action['port'], `${field}.port`),
      ...(['HTTP', 'HTTPS'].includes(scheme)
        ? []
        : [unsupported(`${field}.scheme`, scheme, ['HTTP', 'HTTPS'])]),
    ]
  },
  tcpSocket: (action, field) => validatePort(action['port'], `${field}.port`),
  grpc: (action, field) => validatePort(action['port'], `${field}.port`),
  sleep: (action, field) => atLeast(`${field}.seconds`, numberAt(action, 'seconds'), 0),
}

/** Exactly one way to act: run a command, ask over HTTP, connect. */
function validateHandler(owner: JsonObject, field: string, allowed: readonly string[]): FieldError[] {
  const named = allowed.filter(name => isObject(owner[name]))
  if (named.length === 0) return [required(field, 'must specify a handler type')]
  return named.flatMap((name, index) => {
    const path = `${field}.${name}`
    const action = owner[name]
    if (index > 0) return [forbidden(path, 'may not specify more than 1 handler type')]
    return isObject(action) ? (handlers[name]?.(action, path) ?? []) : []
  })
}

function validateProbe(probe: JsonObject, field: string, once: boolean): FieldError[] {
  const success = numberAt(probe, 'successThreshold')
  return [
    ...validateHandler(probe, field, ['exec', 'httpGet', 'tcpSocket', 'grpc']),
    ...atLeast(`${field}.initialDelaySeconds`, numberAt(probe, 'initialDelaySeconds'), 0),
    ...atLeast(`${field}.timeoutSeconds`, numberAt(probe, 'timeoutSeconds'), 0),
    ...atLeast(`${field}.periodSeconds`, numberAt(probe, 'periodSeconds'), 0),
    ...atLeast(`${field}.successThreshold`, success, 0),
    ...atLeast(`${field}.failureThreshold`, numberAt(probe, 'failureThreshold'), 0),
    ...(once && success !== undefined && success !== 1
      ? [invalid(`${field}.successThreshold`, success, 'must be 1')]
      : []),
  ]
}

/** The probes and life cycle hooks of a container. */
export function validateProbes(container: JsonObject, field: string): FieldError[] {
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap(key => {
    const probe = container[key]
    return isObject(probe) ? validateProbe(probe, `${field}.${key}`, key !== 'readinessProbe') : []
  })
  const hooks = ['postStart', 'preStop'].flatMap(key => {
    const hook = at(container, 'lifecycle', key)
    const path = `${field}.lifecycle.${key}`
    return isObject(hook) ? validateHandler(hook, path, ['exec', 'httpGet', 'tcpSocket', 'sleep']) : []
  })
  return [...hooks, ...probes]
}
