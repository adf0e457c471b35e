import type {KubeObject} from '../../../registry.ts'
import {equalJson, type JsonObject} from '../../json.ts'
import type {Column, FieldError, ScalePaths} from '../../kind.ts'
import {joined, text, wide} from '../columns/column.ts'
import {at, listAt, mapAt, numberAt, textAt} from '../fields.ts'
import {validatePodTemplate} from '../pods/validate-spec.ts'
import {forbidden, immutable, invalid, required, unsupported} from '../problems.ts'
import {isEmptySelector, selectorText, selects, specSelectorText, validateSelector} from '../selector.ts'

export const scalePaths: ScalePaths = {
  replicas: 'spec.replicas',
  statusReplicas: 'status.replicas',
  selector: specSelectorText,
}

const containers = (object: KubeObject) => listAt(object, 'spec', 'template', 'spec', 'containers')

/** Shown with `-o wide` for everything that has a pod template. */
export const templateColumns: readonly Column[] = [
  wide(
    text('Containers', object =>
      containers(object)
        .map(each => textAt(each, 'name'))
        .join(','),
    ),
  ),
  wide(
    text('Images', object =>
      containers(object)
        .map(each => textAt(each, 'image'))
        .join(','),
    ),
  ),
]

export const selectorColumn: Column = wide(
  text('Selector', object => joined([selectorText(at(object, 'spec', 'selector'))].filter(Boolean))),
)

export const atLeastZero = (object: JsonObject, ...names: string[]): FieldError[] =>
  names.flatMap(name => {
    const value = numberAt(object, 'spec', name)
    if (value === undefined || value >= 0) return []
    return [invalid(`spec.${name}`, value, 'must be greater than or equal to 0')]
  })

/** A workload's selector and the template that must match it. `noun` as in `deployment`. */
export function validateWorkload(object: JsonObject, noun: string): FieldError[] {
  const selector = at(object, 'spec', 'selector')
  const found = [...atLeastZero(object, 'replicas', 'minReadySeconds', 'revisionHistoryLimit')]
  if (selector === undefined) found.push(required('spec.selector'))
  else found.push(...validateSelector(selector, 'spec.selector'))
  if (selector !== undefined && isEmptySelector(selector)) {
    found.push(invalid('spec.selector', selector, `empty selector is invalid for ${noun}`))
  }
  return [...found, ...validateTemplate(object, selector)]
}

function validateTemplate(object: JsonObject, selector: unknown): FieldError[] {
  const template = at(object, 'spec', 'template')
  const labels = mapAt(template, 'metadata', 'labels')
  const found: FieldError[] = []
  if (selector !== undefined && !isEmptySelector(selector) && !selects(selector, labels)) {
    const text = '`selector` does not match template `labels`'
    found.push(invalid('spec.template.metadata.labels', labels, text))
  }
  found.push(...validatePodTemplate(template, 'spec.template'))
  const policy = at(template, 'spec', 'restartPolicy')
  if (policy !== 'Always') found.push(unsupported('spec.template.spec.restartPolicy', policy, ['Always']))
  if (at(template, 'spec', 'activeDeadlineSeconds') !== undefined) {
    found.push(
      forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in Pod is not allowed'),
    )
  }
  return found
}

export function selectorUnchanged(object: JsonObject, old: JsonObject): FieldError[] {
  const selector = at(object, 'spec', 'selector')
  return equalJson(selector, at(old, 'spec', 'selector')) ? [] : [immutable('spec.selector', selector)]
}

/** Controllers count collisions of generated names; the count never falls, nor vanishes. */
export function collisionsKept(object: JsonObject, old: JsonObject): FieldError[] {
  const before = numberAt(old, 'status', 'collisionCount')
  const now = numberAt(object, 'status', 'collisionCount')
  if (before === undefined || (now !== undefined && now >= before)) return []
  return [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')]
}
