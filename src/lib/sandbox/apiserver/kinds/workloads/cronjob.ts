import {cronJobs} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {age, ageColumn, flag, integer, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, objectAt, textAt} from '../fields.ts'
import {defaultPodTemplate} from '../pods/spec-defaults.ts'
import {invalid, required, unsupported} from '../problems.ts'
import {validateJobSpec} from './job.ts'
import {scheduleProblem} from './schedule.ts'
import {atLeastZero, selectorColumn, templateColumns} from './template.ts'

function setDefaults(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  const template = ensureObject(spec, 'jobTemplate')
  ensureObject(template, 'metadata')
  defaultPodTemplate(ensureObject(template, 'spec'))
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', {timeZone: name})
    return name.toLowerCase() !== 'local'
  } catch (cause) {
    // The only way that the platform tells that it does not know a zone.
    if (cause instanceof RangeError) return false
    throw cause
  }
}

function validateSchedule(object: JsonObject): FieldError[] {
  const schedule = textAt(object, 'spec', 'schedule')
  const zone = at(object, 'spec', 'timeZone')
  const found: FieldError[] = []
  if (schedule === '') found.push(required('spec.schedule'))
  else if (/TZ/.test(schedule)) {
    found.push(
      invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
    )
  } else {
    const problem = scheduleProblem(schedule)
    if (problem !== undefined) found.push(invalid('spec.schedule', schedule, problem))
  }
  if (zone === '') found.push(invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string'))
  else if (typeof zone === 'string' && !isTimeZone(zone)) {
    found.push(invalid('spec.timeZone', zone, `unknown time zone ${zone}`))
  }
  return found
}

function validate(object: JsonObject): FieldError[] {
  const policy = textAt(object, 'spec', 'concurrencyPolicy')
  const name = textAt(object, 'metadata', 'name')
  const found = validateSchedule(object)
  if (!['Allow', 'Forbid', 'Replace'].includes(policy)) {
    found.push(unsupported('spec.concurrencyPolicy', policy, ['Allow', 'Forbid', 'Replace']))
  }
  // The controller appends eleven characters to name its jobs.
  if (name.length > 52) found.push(invalid('metadata.name', name, 'must be no more than 52 characters'))
  return [
    ...found,
    ...atLeastZero(object, 'startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'),
    ...validateJobSpec(objectAt(object, 'spec', 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
  ]
}

/** The columns of the pod template read a workload's `spec.template`; here that is one level deeper. */
const deeper = [...templateColumns, selectorColumn].map(column => ({
  ...column,
  cell: (object: object, now: Date) => column.cell({...objectAt(object, 'spec', 'jobTemplate')}, now),
}))

export const cronJobKind: KindSpec = {
  type: cronJobs,
  model: 'V1CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  generation: true,
  status: {},
  columns: [
    nameColumn,
    text('Schedule', object => textAt(object, 'spec', 'schedule')),
    text('Timezone', object => textAt(object, 'spec', 'timeZone') || '<none>'),
    flag('Suspend', object => at(object, 'spec', 'suspend') === true),
    integer('Active', object => listAt(object, 'status', 'active').length),
    text('Last Schedule', (object, now) => {
      const last = textAt(object, 'status', 'lastScheduleTime')
      return last === '' ? '<none>' : age(last, now)
    }),
    ageColumn,
    ...deeper,
  ],
  defaults: setDefaults,
  validate,
}
