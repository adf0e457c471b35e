import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {listAt, numberAt, objectAt, textAt} from '../fields.ts'
import {validateAnnotations, validateLabels} from '../metadata.ts'
import {dns1123Label, dns1123Subdomain, qualifiedName} from '../names.ts'
import {duplicate, forbidden, invalid, joinPath, required, unsupported} from '../problems.ts'
import {repeated, validateContainer} from './validate-container.ts'
import {validatePlacement} from './validate-placement.ts'
import {validatePodSecurityContext} from './validate-security.ts'

function validateVolumes(volumes: readonly JsonObject[], field: string): FieldError[] {
  const found = volumes.flatMap((volume, index) => {
    const path = joinPath(field, index)
    const name = textAt(volume, 'name')
    const errors =
      name === ''
        ? [required(`${path}.name`)]
        : dns1123Label(name).map(text => invalid(`${path}.name`, name, text))
    const [, ...more] = Object.keys(volume).filter(key => isObject(volume[key]))
    errors.push(...more.map(key => forbidden(`${path}.${key}`, 'may not specify more than 1 volume type')))
    const claim = volume['persistentVolumeClaim']
    if (isObject(claim) && textAt(claim, 'claimName') === '') {
      errors.push(required(`${path}.persistentVolumeClaim.claimName`))
    }
    const secret = volume['secret']
    if (isObject(secret) && textAt(secret, 'secretName') === '')
      errors.push(required(`${path}.secret.secretName`))
    const configMap = volume['configMap']
    if (isObject(configMap) && textAt(configMap, 'name') === '')
      errors.push(required(`${path}.configMap.name`))
    return errors
  })
  const twice = repeated(volumes, 'name').map(([index, name]) => duplicate(`${field}[${index}].name`, name))
  return [...found, ...twice]
}

function validateContainers(spec: JsonObject, field: string): FieldError[] {
  const volumes = new Set(listAt(spec, 'volumes').map(volume => textAt(volume, 'name')))
  const containers = listAt(spec, 'containers')
  const inits = listAt(spec, 'initContainers')
  const found: FieldError[] = []
  if (containers.length === 0) found.push(required(`${field}.containers`))
  const seen = new Set<string>()
  for (const [key, list] of [
    ['containers', containers],
    ['initContainers', inits],
  ] as const) {
    for (const [index, container] of list.entries()) {
      const path = joinPath(field, key, index)
      found.push(...validateContainer(container, path, volumes))
      const name = textAt(container, 'name')
      if (name !== '' && seen.has(name)) found.push(duplicate(`${path}.name`, name))
      seen.add(name)
    }
  }
  return found
}

const oneOf = (spec: JsonObject, field: string, key: string, supported: readonly string[]): FieldError[] => {
  const value = textAt(spec, key)
  return supported.includes(value) ? [] : [unsupported(`${field}.${key}`, value, supported)]
}

/** Everything below a pod's or a template's `spec`. */
export function validatePodSpec(spec: JsonObject, field: string): FieldError[] {
  const grace = numberAt(spec, 'terminationGracePeriodSeconds') ?? 0
  const deadline = numberAt(spec, 'activeDeadlineSeconds')
  const found = [
    ...validateVolumes(listAt(spec, 'volumes'), `${field}.volumes`),
    ...validateContainers(spec, field),
    ...oneOf(spec, field, 'restartPolicy', ['Always', 'OnFailure', 'Never']),
    ...oneOf(spec, field, 'dnsPolicy', ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...Object.entries(objectAt(spec, 'nodeSelector')).flatMap(([key]) =>
      qualifiedName(key).map(text => invalid(`${field}.nodeSelector`, key, text)),
    ),
    ...validatePodSecurityContext(spec, `${field}.securityContext`),
    ...validatePlacement(spec, field),
  ]
  const account = textAt(spec, 'serviceAccountName')
  if (account !== '') {
    found.push(
      ...dns1123Subdomain(account).map(text => invalid(`${field}.serviceAccountName`, account, text)),
    )
  }
  for (const key of ['hostname', 'subdomain']) {
    const value = textAt(spec, key)
    if (value !== '') found.push(...dns1123Label(value).map(text => invalid(`${field}.${key}`, value, text)))
  }
  if (grace < 0) {
    found.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'))
  }
  if (deadline !== undefined && deadline < 1) {
    const text = 'must be between 1 and 2147483647, inclusive'
    found.push(invalid(`${field}.activeDeadlineSeconds`, deadline, text))
  }
  return found
}

/** A workload's pod template: its labels, annotations and spec. */
export function validatePodTemplate(template: unknown, field: string): FieldError[] {
  return [
    ...validateLabels(objectAt(template, 'metadata', 'labels'), `${field}.labels`),
    ...validateAnnotations(objectAt(template, 'metadata', 'annotations'), `${field}.annotations`),
    ...validatePodSpec(objectAt(template, 'spec'), `${field}.spec`),
  ]
}
