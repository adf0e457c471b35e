import type {KubeObject} from '../../../registry.ts'
import {events, leases} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {age, ageColumn, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, numberAt, textAt} from '../fields.ts'
import {invalid} from '../problems.ts'

function firstSeen(event: KubeObject, now: Date): string {
  return age(at(event, 'firstTimestamp') ?? at(event, 'eventTime'), now)
}

function lastSeen(event: KubeObject, now: Date): string {
  const series = at(event, 'series', 'lastObservedTime')
  const last = series ?? at(event, 'lastTimestamp')
  return last === undefined ? firstSeen(event, now) : age(last, now)
}

function objectCell(event: KubeObject): string {
  const kind = textAt(event, 'involvedObject', 'kind').toLowerCase()
  const name = textAt(event, 'involvedObject', 'name')
  return name === '' ? kind : `${kind}/${name}`
}

function sourceCell(event: KubeObject): string {
  const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent')
  const host = textAt(event, 'source', 'host') || textAt(event, 'reportingInstance')
  return host === '' ? component : `${component}, ${host}`
}

function validateEvent(event: JsonObject): FieldError[] {
  const about = textAt(event, 'involvedObject', 'namespace')
  const own = textAt(event, 'metadata', 'namespace')
  const isRight = about === '' ? own === 'default' || own === 'kube-system' : about === own
  return isRight ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')]
}

export const eventKind: KindSpec = {
  type: events,
  model: 'CoreV1Event',
  shortNames: ['ev'],
  columns: [
    text('Last Seen', lastSeen),
    text('Type', event => textAt(event, 'type')),
    text('Reason', event => textAt(event, 'reason')),
    text('Object', objectCell),
    wide(text('Subobject', event => textAt(event, 'involvedObject', 'fieldPath'))),
    wide(text('Source', sourceCell)),
    text('Message', event => textAt(event, 'message').trim()),
    wide(text('First Seen', firstSeen)),
    wide(
      text('Count', event => String(numberAt(event, 'series', 'count') ?? (numberAt(event, 'count') || 1))),
    ),
    {...wide(nameColumn)},
  ],
  defaults(event) {
    ensureObject(event, 'involvedObject')
    ensureObject(event, 'source')
    // Both are always written, and the older kind of event has neither.
    fill(event, {reportingComponent: '', reportingInstance: ''})
  },
  validate: validateEvent,
}

const positive = (lease: JsonObject, name: string, least: number): FieldError[] => {
  const value = numberAt(lease, 'spec', name)
  if (value === undefined || value >= least) return []
  const text = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'
  return [invalid(`spec.${name}`, value, text)]
}

export const leaseKind: KindSpec = {
  type: leases,
  model: 'V1Lease',
  columns: [nameColumn, text('Holder', lease => textAt(lease, 'spec', 'holderIdentity')), ageColumn],
  defaults: lease => void ensureObject(lease, 'spec'),
  validate: lease => [
    ...positive(lease, 'leaseDurationSeconds', 1),
    ...positive(lease, 'leaseTransitions', 0),
  ],
}
