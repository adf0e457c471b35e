import {statefulSets} from '../../../resources.ts'
import {cloneJson, equalJson, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, numberAt, objectAt, textAt} from '../fields.ts'
import {dns1123Label} from '../names.ts'
import {defaultPodTemplate} from '../pods/spec-defaults.ts'
import {forbidden, invalid, joinPath, required, unsupported} from '../problems.ts'
import {defaultClaimSpec, validateClaimSpec} from '../storage/claim-spec.ts'
import {collisionsKept, scalePaths, templateColumns, validateWorkload} from './template.ts'

function setDefaults(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  fill(spec, {podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10})
  const strategy = ensureObject(spec, 'updateStrategy')
  if (strategy['type'] === undefined) ensureObject(strategy, 'rollingUpdate')
  fill(strategy, {type: 'RollingUpdate'})
  if (strategy['type'] === 'RollingUpdate' && strategy['rollingUpdate'] !== undefined) {
    fill(ensureObject(strategy, 'rollingUpdate'), {partition: 0})
  }
  fill(ensureObject(spec, 'persistentVolumeClaimRetentionPolicy'), {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  })
  defaultPodTemplate(spec)
  for (const template of listAt(spec, 'volumeClaimTemplates')) {
    Object.assign(template, {apiVersion: 'v1', kind: 'PersistentVolumeClaim'})
    fill(template, {metadata: {}, status: {phase: 'Pending'}})
    defaultClaimSpec(ensureObject(template, 'spec'))
  }
}

/** Pods mount claim templates by name as if they were volumes of the pod template. */
function withClaimVolumes(object: JsonObject): JsonObject {
  const templates = listAt(object, 'spec', 'volumeClaimTemplates')
  if (templates.length === 0) return object
  const copy = cloneJson(object)
  const pod = objectAt(copy, 'spec', 'template', 'spec')
  const claims = templates.map(template => ({name: textAt(template, 'metadata', 'name'), emptyDir: {}}))
  const named = new Set(claims.map(claim => claim.name))
  pod['volumes'] = [...listAt(pod, 'volumes').filter(each => !named.has(textAt(each, 'name'))), ...claims]
  return copy
}

function validateStrategy(object: JsonObject): FieldError[] {
  const type = textAt(object, 'spec', 'updateStrategy', 'type')
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  if (type === 'OnDelete') {
    if (at(object, 'spec', 'updateStrategy', 'rollingUpdate') === undefined) return []
    const field = 'spec.updateStrategy.rollingUpdate'
    const text = "only allowed for updateStrategy 'RollingUpdate'"
    return [invalid(field, at(object, 'spec', 'updateStrategy', 'rollingUpdate'), text)]
  }
  if (type !== 'RollingUpdate') {
    return [
      invalid(
        'spec.updateStrategy',
        at(object, 'spec', 'updateStrategy'),
        "must be 'RollingUpdate' or 'OnDelete'",
      ),
    ]
  }
  if (partition === undefined || partition >= 0) return []
  return [
    invalid('spec.updateStrategy.rollingUpdate.partition', partition, 'must be greater than or equal to 0'),
  ]
}

function validate(object: JsonObject): FieldError[] {
  const policy = textAt(object, 'spec', 'podManagementPolicy')
  const found: FieldError[] = []
  if (!['OrderedReady', 'Parallel'].includes(policy)) {
    found.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  found.push(...validateStrategy(object))
  for (const key of ['whenDeleted', 'whenScaled']) {
    const value = textAt(object, 'spec', 'persistentVolumeClaimRetentionPolicy', key)
    const field = `spec.persistentVolumeClaimRetentionPolicy.${key}`
    if (!['Retain', 'Delete'].includes(value)) found.push(unsupported(field, value, ['Delete', 'Retain']))
  }
  const claims = listAt(object, 'spec', 'volumeClaimTemplates').flatMap((template, index) => {
    const path = joinPath('spec', 'volumeClaimTemplates', index)
    const name = textAt(template, 'metadata', 'name')
    const errors = validateClaimSpec(objectAt(template, 'spec'), `${path}.spec`)
    if (name === '') return [required(`${path}.metadata.name`), ...errors]
    return [...dns1123Label(name).map(text => invalid(`${path}.metadata.name`, name, text)), ...errors]
  })
  return [...found, ...claims, ...validateWorkload(withClaimVolumes(object), 'statefulset')]
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function validateUpdate(object: JsonObject, old: JsonObject): FieldError[] {
  const fixed = (spec: JsonObject) =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !changeable.includes(key)))
  const found = validate(object)
  if (equalJson(fixed(objectAt(object, 'spec')), fixed(objectAt(old, 'spec')))) return found
  const names = changeable.map(name => `'${name}'`)
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return [
    ...found,
    forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`),
  ]
}

export const statefulSetKind: KindSpec = {
  type: statefulSets,
  model: 'V1StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  generation: true,
  status: {replicas: 0, availableReplicas: 0},
  scale: scalePaths,
  columns: [
    nameColumn,
    text('Ready', object => {
      const ready = numberAt(object, 'status', 'readyReplicas') ?? 0
      return `${ready}/${numberAt(object, 'spec', 'replicas') ?? 0}`
    }),
    ageColumn,
    ...templateColumns,
  ],
  defaults: setDefaults,
  validate,
  validateUpdate,
  validateStatus: collisionsKept,
}
