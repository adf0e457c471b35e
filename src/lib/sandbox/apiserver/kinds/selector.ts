import {holdsAll, type Labels, matchesPairs} from '../../selector.ts'
import {isObject} from '../json.ts'
import type {FieldError} from '../kind.ts'
import {at, listAt, mapAt, textAt, textsAt} from './fields.ts'
import {qualifiedName, validLabelValue} from './names.ts'
import {forbidden, invalid, joinPath, required} from './problems.ts'

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/** A `LabelSelector`. */
export function validateSelector(selector: unknown, field: string): FieldError[] {
  if (!isObject(selector)) return []
  const labels = Object.entries(mapAt(selector, 'matchLabels')).flatMap(([key, value]) => [
    ...qualifiedName(key).map(text => invalid(`${field}.matchLabels`, key, text)),
    ...validLabelValue(value).map(text => invalid(`${field}.matchLabels`, value, text)),
  ])
  const expressions = listAt(selector, 'matchExpressions').flatMap((each, index) => {
    const path = joinPath(field, 'matchExpressions', index)
    const operator = textAt(each, 'operator')
    const values = textsAt(each, 'values')
    const key = textAt(each, 'key')
    const found = qualifiedName(key).map(text => invalid(`${path}.key`, key, text))
    if (!operators.includes(operator)) {
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator'), ...found]
    }
    if (operator.endsWith('In') && values.length === 0) {
      found.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
    if (operator.includes('Exist') && values.length > 0) {
      found.push(
        forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      )
    }
    return found
  })
  return [...labels, ...expressions]
}

export const isEmptySelector = (selector: unknown): boolean =>
  Object.keys(mapAt(selector, 'matchLabels')).length === 0 &&
  listAt(selector, 'matchExpressions').length === 0

/** Whether labels satisfy a `LabelSelector`; an empty one matches everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  const expressions = listAt(selector, 'matchExpressions').map(each => ({
    key: textAt(each, 'key'),
    operator: textAt(each, 'operator'),
    values: textsAt(each, 'values'),
  }))
  return matchesPairs(mapAt(selector, 'matchLabels'))(labels) && holdsAll(expressions, labels)
}

/** The selector in the string form of `kubectl -l`, as scale and tables show it. */
export function selectorText(selector: unknown): string {
  const exact = Object.entries(mapAt(selector, 'matchLabels'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
  const others = listAt(selector, 'matchExpressions').map(each => {
    const key = textAt(each, 'key')
    const operator = textAt(each, 'operator')
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator.toLowerCase()} (${textsAt(each, 'values').sort().join(',')})`
  })
  return [...exact, ...others].join(',')
}

/** `spec.selector` of a workload as a scale subresource shows it. */
export const specSelectorText = (object: unknown): string => selectorText(at(object, 'spec', 'selector'))
