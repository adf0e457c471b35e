import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, listAt, numberAt, textAt} from '../fields.ts'
import {qualifiedName} from '../names.ts'
import {duplicate, invalid, joinPath, required, unsupported} from '../problems.ts'
import {validateSelector} from '../selector.ts'

function validateToleration(toleration: JsonObject, field: string): FieldError[] {
  const key = textAt(toleration, 'key')
  const operator = textAt(toleration, 'operator')
  const effect = textAt(toleration, 'effect')
  const found = key === '' ? [] : qualifiedName(key).map(text => invalid(`${field}.key`, key, text))
  if (key === '' && operator !== 'Exists') {
    found.push(
      invalid(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    )
  }
  if (!['', 'Equal', 'Exists'].includes(operator)) {
    found.push(unsupported(`${field}.operator`, operator, ['Equal', 'Exists']))
  }
  if (operator === 'Exists' && textAt(toleration, 'value') !== '') {
    found.push(invalid(`${field}.operator`, toleration, "value must be empty when `operator` is 'Exists'"))
  }
  if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute') {
    found.push(
      invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    )
  }
  if (!['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect)) {
    found.push(unsupported(`${field}.effect`, effect, ['NoExecute', 'NoSchedule', 'PreferNoSchedule']))
  }
  return found
}

function validateSpread(constraints: readonly JsonObject[], field: string): FieldError[] {
  const seen = new Set<string>()
  return constraints.flatMap((constraint, index) => {
    const path = joinPath(field, index)
    const skew = numberAt(constraint, 'maxSkew') ?? 0
    const key = textAt(constraint, 'topologyKey')
    const action = textAt(constraint, 'whenUnsatisfiable')
    const found = skew > 0 ? [] : [invalid(`${path}.maxSkew`, skew, 'must be greater than zero')]
    if (key === '') found.push(required(`${path}.topologyKey`, 'can not be empty'))
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(action)) {
      found.push(unsupported(`${path}.whenUnsatisfiable`, action, ['DoNotSchedule', 'ScheduleAnyway']))
    }
    if (seen.has(`${key}, ${action}`)) {
      found.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`))
    }
    seen.add(`${key}, ${action}`)
    return [...found, ...validateSelector(constraint['labelSelector'], `${path}.labelSelector`)]
  })
}

function validatePodTerm(term: unknown, field: string): FieldError[] {
  const key = textAt(term, 'topologyKey')
  return [
    ...validateSelector(at(term, 'labelSelector'), `${field}.labelSelector`),
    ...(key === ''
      ? [required(`${field}.topologyKey`, 'can not be empty')]
      : qualifiedName(key).map(text => invalid(`${field}.topologyKey`, key, text))),
  ]
}

function validatePodAffinity(affinity: unknown, field: string): FieldError[] {
  if (!isObject(affinity)) return []
  const hard = 'requiredDuringSchedulingIgnoredDuringExecution'
  const soft = 'preferredDuringSchedulingIgnoredDuringExecution'
  return [
    ...listAt(affinity, hard).flatMap((term, index) => validatePodTerm(term, joinPath(field, hard, index))),
    ...listAt(affinity, soft).flatMap((entry, index) => {
      const path = joinPath(field, soft, index)
      const weight = numberAt(entry, 'weight') ?? 0
      const found = validatePodTerm(entry['podAffinityTerm'], `${path}.podAffinityTerm`)
      return weight >= 1 && weight <= 100
        ? found
        : [invalid(`${path}.weight`, weight, 'must be in the range 1-100'), ...found]
    }),
  ]
}

function validateNodeAffinity(affinity: unknown, field: string): FieldError[] {
  const hard = 'requiredDuringSchedulingIgnoredDuringExecution'
  const selector = at(affinity, hard)
  if (!isObject(selector)) return []
  const path = `${field}.${hard}.nodeSelectorTerms`
  const terms = listAt(selector, 'nodeSelectorTerms')
  if (terms.length === 0) return [required(path, 'must have at least one node selector term')]
  return terms.flatMap((term, index) =>
    listAt(term, 'matchExpressions').flatMap((each, position) => {
      const operator = textAt(each, 'operator')
      if (['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'].includes(operator)) return []
      const at = joinPath(path, index, 'matchExpressions', position, 'operator')
      return [invalid(at, operator, 'not a valid selector operator')]
    }),
  )
}

/** What says where a pod may run. */
export function validatePlacement(spec: JsonObject, field: string): FieldError[] {
  const affinity = `${field}.affinity`
  return [
    ...validateNodeAffinity(at(spec, 'affinity', 'nodeAffinity'), `${affinity}.nodeAffinity`),
    ...validatePodAffinity(at(spec, 'affinity', 'podAffinity'), `${affinity}.podAffinity`),
    ...validatePodAffinity(at(spec, 'affinity', 'podAntiAffinity'), `${affinity}.podAntiAffinity`),
    ...listAt(spec, 'tolerations').flatMap((each, index) =>
      validateToleration(each, joinPath(field, 'tolerations', index)),
    ),
    ...validateSpread(listAt(spec, 'topologySpreadConstraints'), `${field}.topologySpreadConstraints`),
  ]
}
