import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, listAt, numberAt, objectAt, textAt} from '../fields.ts'
import {dns1123Label, portName, portNumber} from '../names.ts'
import {absent, duplicate, invalid, joinPath, required, unsupported} from '../problems.ts'
import {isQuantity, nanoOf} from '../quantity.ts'
import {validateProbes} from './validate-probe.ts'
import {validateSecurityContext} from './validate-security.ts'

/** The members of a list that repeat the key of an earlier one. */
export function repeated(list: readonly JsonObject[], key: string): [index: number, value: string][] {
  const seen = new Set<string>()
  return list.flatMap((entry, index): [number, string][] => {
    const value = textAt(entry, key)
    if (value === '' || !seen.has(value)) {
      seen.add(value)
      return []
    }
    return [[index, value]]
  })
}

function validatePorts(ports: readonly JsonObject[], field: string): FieldError[] {
  const found = ports.flatMap((port, index) => {
    const path = joinPath(field, index)
    const name = textAt(port, 'name')
    const errors = name === '' ? [] : portName(name).map(text => invalid(`${path}.name`, name, text))
    if (!numberAt(port, 'containerPort')) errors.push(required(`${path}.containerPort`))
    else {
      const number = port['containerPort']
      errors.push(...portNumber(number).map(text => invalid(`${path}.containerPort`, number, text)))
    }
    const protocol = textAt(port, 'protocol')
    if (!['TCP', 'UDP', 'SCTP'].includes(protocol)) {
      errors.push(unsupported(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']))
    }
    return errors
  })
  const twice = repeated(ports, 'name').map(([index, name]) => duplicate(`${field}[${index}].name`, name))
  return [...found, ...twice]
}

const envName = /^[^=\0]+$/

function validateEnv(variables: readonly JsonObject[], field: string): FieldError[] {
  return variables.flatMap((variable, index) => {
    const path = joinPath(field, index)
    const name = textAt(variable, 'name')
    const errors: FieldError[] = []
    if (name === '') errors.push(required(`${path}.name`))
    else if (!envName.test(name)) {
      errors.push(invalid(`${path}.name`, name, 'a valid environment variable name must not contain "="'))
    }
    const sources = Object.keys(objectAt(variable, 'valueFrom'))
    if (variable['valueFrom'] === undefined) return errors
    const value = `${path}.valueFrom`
    if (sources.length === 0) {
      const text = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'
      errors.push(invalid(value, '', text))
    } else if (textAt(variable, 'value') !== '') {
      errors.push(invalid(value, '', 'may not be specified when `value` is not empty'))
    } else if (sources.length > 1) {
      errors.push(invalid(value, '', 'may not have more than one field specified at a time'))
    }
    for (const source of ['configMapKeyRef', 'secretKeyRef']) {
      if (!sources.includes(source)) continue
      for (const key of ['name', 'key']) {
        if (textAt(variable, 'valueFrom', source, key) === '')
          errors.push(required(`${value}.${source}.${key}`))
      }
    }
    return errors
  })
}

function validateMounts(container: JsonObject, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const mounts = listAt(container, 'volumeMounts')
  const found = mounts.flatMap((mount, index) => {
    const path = joinPath(field, 'volumeMounts', index)
    const name = textAt(mount, 'name')
    const errors: FieldError[] = []
    if (name === '') errors.push(required(`${path}.name`))
    else if (!volumes.has(name)) errors.push(absent(`${path}.name`, name))
    if (textAt(mount, 'mountPath') === '') errors.push(required(`${path}.mountPath`))
    const subPath = textAt(mount, 'subPath')
    if (subPath.startsWith('/')) errors.push(invalid(`${path}.subPath`, subPath, 'must be a relative path'))
    if (subPath.split('/').includes('..')) {
      errors.push(invalid(`${path}.subPath`, subPath, "must not contain '..'"))
    }
    return errors
  })
  const twice = repeated(mounts, 'mountPath').map(([index, path]) =>
    invalid(joinPath(field, 'volumeMounts', index, 'mountPath'), path, 'must be unique'),
  )
  return [...found, ...twice]
}

/** Limits and requests, each a quantity and no request above its limit. */
export function validateResources(resources: unknown, field: string): FieldError[] {
  const found = ['limits', 'requests'].flatMap(part =>
    Object.entries(objectAt(resources, part)).flatMap(([name, value]) => {
      const path = `${field}.${part}[${name}]`
      if (!isQuantity(value)) return [invalid(path, value, 'must be a quantity')]
      return nanoOf(value) < 0n ? [invalid(path, value, 'must be greater than or equal to 0')] : []
    }),
  )
  for (const [name, request] of Object.entries(objectAt(resources, 'requests'))) {
    const limit = at(resources, 'limits', name)
    if (limit === undefined || nanoOf(request) <= nanoOf(limit)) continue
    found.push(
      invalid(
        `${field}.requests`,
        request,
        `must be less than or equal to ${name} limit of ${String(limit)}`,
      ),
    )
  }
  return found
}

export function validateContainer(
  container: JsonObject,
  field: string,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const name = textAt(container, 'name')
  const image = textAt(container, 'image')
  const found: FieldError[] = []
  if (name === '') found.push(required(`${field}.name`))
  else found.push(...dns1123Label(name).map(text => invalid(`${field}.name`, name, text)))
  if (image === '') found.push(required(`${field}.image`))
  else if (image !== image.trim()) {
    found.push(invalid(`${field}.image`, image, 'must not have leading or trailing whitespace'))
  }
  const termination = textAt(container, 'terminationMessagePolicy')
  if (!['File', 'FallbackToLogsOnError'].includes(termination)) {
    const supported = ['FallbackToLogsOnError', 'File']
    found.push(unsupported(`${field}.terminationMessagePolicy`, termination, supported))
  }
  const pull = textAt(container, 'imagePullPolicy')
  if (!['Always', 'IfNotPresent', 'Never'].includes(pull)) {
    found.push(unsupported(`${field}.imagePullPolicy`, pull, ['Always', 'IfNotPresent', 'Never']))
  }
  return [
    ...found,
    ...validateProbes(container, field),
    ...validatePorts(listAt(container, 'ports'), `${field}.ports`),
    ...validateEnv(listAt(container, 'env'), `${field}.env`),
    ...validateMounts(container, field, volumes),
    ...validateResources(container['resources'], `${field}.resources`),
    ...validateSecurityContext(container['securityContext'], `${field}.securityContext`),
  ]
}
