import {controllerRevisions, daemonSets} from '../../../resources.ts'
import {equalJson, type JsonObject} from '../../json.ts'
import {ageColumn, integer, joined, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, mapAt, numberAt, textAt} from '../fields.ts'
import {defaultPodTemplate} from '../pods/spec-defaults.ts'
import {immutable, unsupported} from '../problems.ts'
import {
  collisionsKept,
  selectorColumn,
  selectorUnchanged,
  templateColumns,
  validateWorkload,
} from './template.ts'

function setDefaults(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  fill(spec, {revisionHistoryLimit: 10})
  const strategy = ensureObject(spec, 'updateStrategy')
  fill(strategy, {type: 'RollingUpdate'})
  if (strategy['type'] === 'RollingUpdate') {
    fill(ensureObject(strategy, 'rollingUpdate'), {maxUnavailable: 1, maxSurge: 0})
  }
  defaultPodTemplate(spec)
}

function validate(object: JsonObject) {
  const type = textAt(object, 'spec', 'updateStrategy', 'type')
  const found = validateWorkload(object, 'daemonset')
  if (['RollingUpdate', 'OnDelete'].includes(type)) return found
  return [...found, unsupported('spec.updateStrategy.type', type, ['RollingUpdate', 'OnDelete'])]
}

const status = (name: string, field: string) =>
  integer(name, object => numberAt(object, 'status', field) ?? 0)

export const daemonSetKind: KindSpec = {
  type: daemonSets,
  model: 'V1DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  generation: true,
  status: {currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0},
  columns: [
    nameColumn,
    status('Desired', 'desiredNumberScheduled'),
    status('Current', 'currentNumberScheduled'),
    status('Ready', 'numberReady'),
    status('Up-to-date', 'updatedNumberScheduled'),
    status('Available', 'numberAvailable'),
    text('Node Selector', object => {
      const selector = mapAt(object, 'spec', 'template', 'spec', 'nodeSelector')
      return joined(Object.entries(selector).map(([key, value]) => `${key}=${value}`))
    }),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  defaults: setDefaults,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...selectorUnchanged(object, old)],
  validateStatus: collisionsKept,
}

export const controllerRevisionKind: KindSpec = {
  type: controllerRevisions,
  model: 'V1ControllerRevision',
  columns: [
    nameColumn,
    text('Controller', object => {
      const owner = listAt(object, 'metadata', 'ownerReferences').find(each => each['controller'] === true)
      if (!owner) return '<none>'
      const group = textAt(owner, 'apiVersion').split('/').at(-2)
      const kind = textAt(owner, 'kind').toLowerCase()
      return `${kind}${group === undefined ? '' : `.${group}`}/${textAt(owner, 'name')}`
    }),
    integer('Revision', object => numberAt(object, 'revision') ?? 0),
    ageColumn,
  ],
  validateUpdate: (object, old) =>
    equalJson(at(object, 'data'), at(old, 'data')) ? [] : [immutable('data', at(object, 'data'))],
}
