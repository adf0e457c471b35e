import {cloneJson, equalJson, isObject, type JsonObject} from '../../json.ts'
import type {FieldError, StrategyContext} from '../../kind.ts'
import {at, listAt, objectAt, textAt} from '../fields.ts'
import {forbidden, invalid} from '../problems.ts'

const sentence =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** The paths of the leaves in which two values differ. */
export function changedPaths(left: unknown, right: unknown, path = ''): string[] {
  if (equalJson(left, right)) return []
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((entry, index) => changedPaths(entry, right[index], `${path}[${index}]`))
  }
  if (!isObject(left) || !isObject(right)) return [path]
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].flatMap(key => changedPaths(left[key], right[key], path === '' ? key : `${path}.${key}`))
}

function onlyAdds(now: readonly JsonObject[], before: readonly JsonObject[]): boolean {
  const core = ({tolerationSeconds: _, ...rest}: JsonObject) => rest
  return before.every(old => now.some(each => equalJson(core(each), core(old))))
}

/** The new spec with everything that may change put back, so that what still differs is forbidden. */
function withoutAllowed(spec: JsonObject, old: JsonObject, isSystem: boolean): JsonObject {
  const copy = cloneJson(spec)
  for (const key of ['containers', 'initContainers']) {
    for (const [index, container] of listAt(copy, key).entries()) {
      const image = at(old, key, index, 'image')
      if (image !== undefined) container['image'] = image
    }
  }
  copy['activeDeadlineSeconds'] = old['activeDeadlineSeconds']
  if (onlyAdds(listAt(spec, 'tolerations'), listAt(old, 'tolerations')))
    copy['tolerations'] = old['tolerations']
  // Binding a pod to a node goes through the registry, as the scheduler itself.
  if (isSystem && old['nodeName'] === undefined) copy['nodeName'] = undefined
  if (isSystem) copy['ephemeralContainers'] = old['ephemeralContainers']
  return copy
}

/** True for the scheduler, nodes and administrators; ServiceAccounts are `system:` users too, and are not. */
export const isSystemUser = ({user}: StrategyContext): boolean =>
  user.groups.includes('system:masters') ||
  user.groups.includes('system:nodes') ||
  ['system:apiserver', 'system:kube-scheduler', 'system:kube-controller-manager'].includes(user.name)

export function validatePodUpdate(pod: JsonObject, old: JsonObject, context: StrategyContext): FieldError[] {
  const spec = objectAt(pod, 'spec')
  const before = objectAt(old, 'spec')
  const found: FieldError[] = []
  for (const key of ['containers', 'initContainers']) {
    for (const [index, container] of listAt(spec, key).entries()) {
      if (textAt(container, 'image') === '')
        found.push(invalid(`spec.${key}[${index}].image`, '', 'must not be empty'))
    }
  }
  for (const key of ['containers', 'initContainers']) {
    if (listAt(spec, key).length === listAt(before, key).length) continue
    const text = 'pod updates may not add or remove containers'
    return [...found, forbidden(`spec.${key}`, text)]
  }
  const changed = changedPaths(withoutAllowed(spec, before, isSystemUser(context)), before)
  if (changed.length === 0) return found
  const list = changed.map(path => `  ${path}`).join('\n')
  return [...found, forbidden('spec', `${sentence}\n${list}\n`)]
}
