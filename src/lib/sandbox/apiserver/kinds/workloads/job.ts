import type {KubeObject} from '../../../registry.ts'
import {jobs} from '../../../resources.ts'
import {cloneJson, equalJson, isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, duration, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, mapAt, numberAt, objectAt, textAt} from '../fields.ts'
import {goPodSpec} from '../go-notation.ts'
import {defaultPodTemplate} from '../pods/spec-defaults.ts'
import {validatePodTemplate} from '../pods/validate-spec.ts'
import {immutable, invalid, required, unsupported} from '../problems.ts'
import {selects} from '../selector.ts'
import {atLeastZero, selectorColumn, templateColumns} from './template.ts'

const uidLabel = 'batch.kubernetes.io/controller-uid'

/** A job without labels wears those of its pods. */
function adoptLabels(job: JsonObject): void {
  const metadata = ensureObject(job, 'metadata')
  const labels = mapAt(job, 'spec', 'template', 'metadata', 'labels')
  if (Object.keys(mapAt(metadata, 'labels')).length === 0 && Object.keys(labels).length > 0) {
    metadata['labels'] = labels
  }
}

function setDefaults(job: JsonObject): void {
  const spec = ensureObject(job, 'spec')
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) fill(spec, {completions: 1})
  fill(spec, {
    parallelism: 1,
    manualSelector: false,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  })
  defaultPodTemplate(spec)
  adoptLabels(job)
}

/** Unless the user selects pods by hand, a job finds its pods by its own identity. */
function selectOwnPods(job: JsonObject): void {
  const spec = objectAt(job, 'spec')
  if (spec['manualSelector'] === true) return
  const uid = textAt(job, 'metadata', 'uid')
  const name = textAt(job, 'metadata', 'name')
  const metadata = ensureObject(objectAt(spec, 'template'), 'metadata')
  Object.assign(ensureObject(metadata, 'labels'), {
    'controller-uid': uid,
    [uidLabel]: uid,
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
  })
  Object.assign(ensureObject(ensureObject(spec, 'selector'), 'matchLabels'), {[uidLabel]: uid})
}

/** What a Job and the template of a CronJob have in common. `field` is the path of the job's spec. */
export function validateJobSpec(spec: JsonObject, field: string): FieldError[] {
  const holder = {spec}
  const found = [
    ...atLeastZero(holder, 'parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds'),
    ...atLeastZero(holder, 'ttlSecondsAfterFinished'),
  ].map(error => ({...error, field: error.field.replace('spec', field)}))
  const mode = at(spec, 'completionMode')
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    found.push(unsupported(`${field}.completionMode`, mode, ['Indexed', 'NonIndexed']))
  }
  found.push(...validatePodTemplate(spec['template'], `${field}.template`))
  const path = `${field}.template.spec.restartPolicy`
  const policy = textAt(spec, 'template', 'spec', 'restartPolicy')
  if (policy === 'Always' || policy === '') found.push(required(path, 'valid values: "OnFailure", "Never"'))
  else if (policy !== 'OnFailure' && policy !== 'Never') {
    found.push(unsupported(path, policy, ['OnFailure', 'Never']))
  }
  return found
}

function validate(job: JsonObject): FieldError[] {
  const spec = objectAt(job, 'spec')
  const found = validateJobSpec(spec, 'spec')
  const name = textAt(job, 'metadata', 'name')
  if (name.length > 63) found.unshift(invalid('metadata.name', name, 'must be no more than 63 bytes'))
  const selector = spec['selector']
  const labels = mapAt(spec, 'template', 'metadata', 'labels')
  if (selector === undefined) found.push(required('spec.selector'))
  else if (!selects(selector, labels)) {
    found.push(
      invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    )
  }
  return found
}

/** Where a suspended job that never ran may still change its template. */
function templateUnchanged(job: JsonObject, old: JsonObject): FieldError[] {
  const template = cloneJson(objectAt(job, 'spec', 'template'))
  const before = objectAt(old, 'spec', 'template')
  const isSuspended = at(old, 'spec', 'suspend') === true && at(old, 'status', 'startTime') === undefined
  if (isSuspended) {
    for (const key of ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates']) {
      objectAt(template, 'spec')[key] = at(before, 'spec', key)
    }
    for (const key of ['labels', 'annotations'])
      objectAt(template, 'metadata')[key] = at(before, 'metadata', key)
  }
  if (equalJson(template, before)) return []
  const specChanged = !equalJson(at(template, 'spec'), at(before, 'spec'))
  const value = at(job, 'spec', 'template', 'spec')
  if (specChanged && isObject(value)) return [immutable('spec.template.spec', goPodSpec(value))]
  return [immutable('spec.template', template)]
}

function validateUpdate(job: JsonObject, old: JsonObject): FieldError[] {
  const fixed = [
    'completions',
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
  ]
  const changed = fixed.flatMap(key => {
    const value = at(job, 'spec', key)
    if (equalJson(value, at(old, 'spec', key))) return []
    const isIndexed = key === 'completions' && at(job, 'spec', 'completionMode') === 'Indexed'
    return isIndexed ? [] : [immutable(`spec.${key}`, value)]
  })
  return [...validate(job), ...changed, ...templateUnchanged(job, old)]
}

const isTrue = (job: KubeObject, type: string): boolean =>
  listAt(job, 'status', 'conditions').some(each => each['type'] === type && each['status'] === 'True')

function statusCell(job: KubeObject): string {
  for (const type of ['Complete', 'Failed']) if (isTrue(job, type)) return type
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating'
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) if (isTrue(job, type)) return type
  return 'Running'
}

function completionsCell(job: KubeObject): string {
  const succeeded = numberAt(job, 'status', 'succeeded') ?? 0
  const completions = numberAt(job, 'spec', 'completions')
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 0
  if (completions !== undefined) return `${succeeded}/${completions}`
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationCell(job: KubeObject, now: Date): string {
  const start = textAt(job, 'status', 'startTime')
  if (start === '') return ''
  const end = textAt(job, 'status', 'completionTime')
  return duration((end === '' ? now.getTime() : Date.parse(end)) - Date.parse(start))
}

export const jobKind: KindSpec = {
  type: jobs,
  model: 'V1Job',
  categories: ['all'],
  generation: true,
  status: {},
  columns: [
    nameColumn,
    text('Status', statusCell),
    text('Completions', completionsCell),
    text('Duration', durationCell),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  defaults: setDefaults,
  create(job) {
    selectOwnPods(job)
    adoptLabels(job)
  },
  validate,
  validateUpdate,
}
