import type {KubeObject} from '../../../registry.ts'
import {deployments, replicaSets} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, integer, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, numberAt, textAt} from '../fields.ts'
import {defaultPodTemplate} from '../pods/spec-defaults.ts'
import {forbidden, invalid, unsupported} from '../problems.ts'
import {
  atLeastZero,
  collisionsKept,
  scalePaths,
  selectorColumn,
  selectorUnchanged,
  templateColumns,
  validateWorkload,
} from './template.ts'

function defaultDeployment(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  fill(spec, {replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600})
  const strategy = ensureObject(spec, 'strategy')
  fill(strategy, {type: 'RollingUpdate'})
  if (strategy['type'] === 'RollingUpdate') {
    fill(ensureObject(strategy, 'rollingUpdate'), {maxUnavailable: '25%', maxSurge: '25%'})
  }
  defaultPodTemplate(spec)
}

const isNone = (value: unknown): boolean => value === 0 || value === '0%'

/** A count, or a percentage. */
export function validateShare(value: unknown, field: string): FieldError[] {
  if (typeof value === 'number') {
    return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')]
  }
  if (value === undefined || /^\d+%$/.test(String(value))) return []
  const text =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex " +
    "used for validation is '[0-9]+%')"
  return [invalid(field, value, text)]
}

function validateStrategy(object: JsonObject): FieldError[] {
  const type = textAt(object, 'spec', 'strategy', 'type')
  const rolling = at(object, 'spec', 'strategy', 'rollingUpdate')
  const field = 'spec.strategy.rollingUpdate'
  if (type === 'Recreate') {
    if (rolling === undefined) return []
    return [forbidden(field, "may not be specified when strategy `type` is 'Recreate'")]
  }
  if (type !== 'RollingUpdate') {
    return [unsupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate'])]
  }
  const unavailable = at(rolling, 'maxUnavailable')
  const surge = at(rolling, 'maxSurge')
  const found = [
    ...validateShare(unavailable, `${field}.maxUnavailable`),
    ...validateShare(surge, `${field}.maxSurge`),
  ]
  if (!isNone(unavailable) || !isNone(surge)) return found
  return [...found, invalid(`${field}.maxUnavailable`, unavailable, 'may not be 0 when `maxSurge` is 0')]
}

const validateDeployment = (object: JsonObject): FieldError[] => [
  ...validateWorkload(object, 'deployment'),
  ...validateStrategy(object),
  ...atLeastZero(object, 'progressDeadlineSeconds'),
]

const count = (object: KubeObject, ...path: string[]): number => numberAt(object, ...path) ?? 0

export const deploymentKind: KindSpec = {
  type: deployments,
  model: 'V1Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  generation: true,
  status: {},
  scale: scalePaths,
  columns: [
    nameColumn,
    text('Ready', each => `${count(each, 'status', 'readyReplicas')}/${count(each, 'spec', 'replicas')}`),
    text('Up-to-date', each => count(each, 'status', 'updatedReplicas')),
    text('Available', each => count(each, 'status', 'availableReplicas')),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  defaults: defaultDeployment,
  validate: validateDeployment,
  validateStatus: collisionsKept,
  validateUpdate: (object, old) => [...validateDeployment(object), ...selectorUnchanged(object, old)],
}

export const replicaSetKind: KindSpec = {
  type: replicaSets,
  model: 'V1ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  generation: true,
  status: {replicas: 0},
  scale: scalePaths,
  columns: [
    nameColumn,
    integer('Desired', each => count(each, 'spec', 'replicas')),
    integer('Current', each => count(each, 'status', 'replicas')),
    integer('Ready', each => count(each, 'status', 'readyReplicas')),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  defaults(object) {
    const spec = ensureObject(object, 'spec')
    fill(spec, {replicas: 1})
    defaultPodTemplate(spec)
  },
  validate: object => validateWorkload(object, 'replicaset'),
  validateUpdate: (object, old) => [
    ...validateWorkload(object, 'replicaset'),
    ...selectorUnchanged(object, old),
  ],
}
