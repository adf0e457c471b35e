import type {KubeObject} from '../../../registry.ts'
import {limitRanges, podDisruptionBudgets, priorityClasses, resourceQuotas} from '../../../resources.ts'
import {equalJson, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, flag, integer, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, fill, listAt, numberAt, objectAt, textAt} from '../fields.ts'
import {pathSegment} from '../names.ts'
import {forbidden, immutable, invalid, joinPath, required, unsupported} from '../problems.ts'
import {isQuantity} from '../quantity.ts'
import {validateSelector} from '../selector.ts'
import {validateShare} from '../workloads/deployment.ts'

const shareCell = (value: unknown): string => (value === undefined ? 'N/A' : String(value))

function validateBudget(object: JsonObject): FieldError[] {
  const least = at(object, 'spec', 'minAvailable')
  const most = at(object, 'spec', 'maxUnavailable')
  const policy = at(object, 'spec', 'unhealthyPodEvictionPolicy')
  const selector = at(object, 'spec', 'selector')
  const found: FieldError[] = []
  if (least !== undefined && most !== undefined) {
    const value = {
      MinAvailable: least,
      Selector: selector ?? null,
      MaxUnavailable: most,
      UnhealthyPodEvictionPolicy: policy ?? null,
    }
    found.push(invalid('spec', value, 'minAvailable and maxUnavailable cannot be both set'))
  }
  found.push(
    ...validateShare(least, 'spec.minAvailable'),
    ...validateShare(most, 'spec.maxUnavailable'),
    ...validateSelector(selector, 'spec.selector'),
  )
  const policies = ['AlwaysAllow', 'IfHealthyBudget']
  if (policy !== undefined && !policies.includes(String(policy))) {
    found.push(unsupported('spec.unhealthyPodEvictionPolicy', policy, policies))
  }
  return found
}

const budgetKind: KindSpec = {
  type: podDisruptionBudgets,
  model: 'V1PodDisruptionBudget',
  shortNames: ['pdb'],
  generation: true,
  status: {disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0},
  columns: [
    nameColumn,
    text('Min Available', each => shareCell(at(each, 'spec', 'minAvailable'))),
    text('Max Unavailable', each => shareCell(at(each, 'spec', 'maxUnavailable'))),
    integer('Allowed Disruptions', each => numberAt(each, 'status', 'disruptionsAllowed') ?? 0),
    ageColumn,
  ],
  validate: validateBudget,
}

const limitTypes = ['Container', 'PersistentVolumeClaim', 'Pod']

const limitRangeKind: KindSpec = {
  type: limitRanges,
  model: 'V1LimitRange',
  shortNames: ['limits'],
  columns: [nameColumn, text('Created At', each => textAt(each, 'metadata', 'creationTimestamp'))],
  defaults(object) {
    for (const limit of listAt(object, 'spec', 'limits')) {
      if (limit['type'] !== 'Container') continue
      const max = objectAt(limit, 'max')
      const fallback = {...max, ...objectAt(limit, 'default')}
      if (Object.keys(fallback).length > 0) limit['default'] = fallback
      const request = {
        ...objectAt(limit, 'min'),
        ...objectAt(limit, 'default'),
        ...objectAt(limit, 'defaultRequest'),
      }
      for (const [name, value] of Object.entries(objectAt(limit, 'min'))) {
        if (at(limit, 'defaultRequest', name) === undefined && at(limit, 'default', name) === undefined) {
          request[name] = value
        }
      }
      if (Object.keys(request).length > 0) limit['defaultRequest'] = request
    }
  },
  validate: object =>
    listAt(object, 'spec', 'limits').flatMap((limit, index) => {
      const type = textAt(limit, 'type')
      if (limitTypes.includes(type) || type.includes('/')) return []
      return [
        invalid(
          joinPath('spec', 'limits', index, 'type'),
          type,
          'must be a standard limit type or fully qualified',
        ),
      ]
    }),
}

function quotaCell(quota: KubeObject, isLimit: boolean): string {
  const hard = objectAt(quota, 'status', 'hard')
  return Object.keys(hard)
    .filter(name => name.startsWith('limits.') === isLimit)
    .sort()
    .map(name => `${name}: ${textAt(quota, 'status', 'used', name)}/${String(hard[name])}`)
    .join(', ')
}

const resourceQuotaKind: KindSpec = {
  type: resourceQuotas,
  model: 'V1ResourceQuota',
  shortNames: ['quota'],
  status: {},
  columns: [
    nameColumn,
    text('Request', each => quotaCell(each, false)),
    text('Limit', each => quotaCell(each, true)),
    ageColumn,
  ],
  validate: object =>
    Object.entries(objectAt(object, 'spec', 'hard')).flatMap(([name, value]) =>
      isQuantity(value) ? [] : [invalid(`spec.hard[${name}]`, value, 'must be a quantity')],
    ),
  validateUpdate: (object, old) =>
    equalJson(at(object, 'spec', 'scopes') ?? [], at(old, 'spec', 'scopes') ?? [])
      ? []
      : [immutable('spec.scopes', at(object, 'spec', 'scopes'))],
}

const highestUserPriority = 1_000_000_000

function validatePriority(object: JsonObject): FieldError[] {
  const value = numberAt(object, 'value') ?? 0
  const policy = textAt(object, 'preemptionPolicy')
  const name = textAt(object, 'metadata', 'name')
  const policies = ['PreemptLowerPriority', 'Never']
  const found: FieldError[] = []
  if (value > highestUserPriority && !name.startsWith('system-')) {
    found.push(
      forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`),
    )
  }
  if (name.startsWith('system-') && value <= highestUserPriority) {
    const text =
      "priority class names with 'system-' prefix are reserved for system use only. error: unknown name"
    found.push(forbidden('metadata.name', text))
  }
  if (policy === '') found.push(required('preemptionPolicy'))
  else if (!policies.includes(policy)) found.push(unsupported('preemptionPolicy', policy, policies))
  return found
}

const priorityClassKind: KindSpec = {
  type: priorityClasses,
  model: 'V1PriorityClass',
  shortNames: ['pc'],
  generation: true,
  nameRule: pathSegment,
  columns: [
    nameColumn,
    integer('Value', each => numberAt(each, 'value') ?? 0),
    flag('Global-Default', each => at(each, 'globalDefault') === true),
    ageColumn,
    text('PreemptionPolicy', each => textAt(each, 'preemptionPolicy')),
  ],
  defaults: object => fill(object, {preemptionPolicy: 'PreemptLowerPriority'}),
  validate: validatePriority,
  validateUpdate(object, old) {
    const found =
      object['value'] === old['value'] ? [] : [forbidden('value', 'may not be changed in an update.')]
    if (object['preemptionPolicy'] !== old['preemptionPolicy']) {
      found.push(immutable('preemptionPolicy', object['preemptionPolicy']))
    }
    return found
  },
}

export const policyKinds: readonly KindSpec[] = [
  budgetKind,
  limitRangeKind,
  resourceQuotaKind,
  priorityClassKind,
]
