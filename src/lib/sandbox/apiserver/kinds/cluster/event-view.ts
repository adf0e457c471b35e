import type {KubeObject} from '../../../registry.ts'
import {events} from '../../../resources.ts'
import {type JsonObject, objectOf} from '../../json.ts'
import type {View} from '../../kind.ts'
import {type KindSpec, looseOf} from '../define.ts'
import {textAt} from '../fields.ts'
import {required} from '../problems.ts'
import {eventKind} from './event.ts'

/** The same fields by their names in `events.k8s.io/v1` and in `v1`. */
const names: readonly (readonly [newer: string, core: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
]
const toCore = new Map(names)
const toNewer = new Map(names.map(([newer, core]) => [core, newer]))

function renamed(object: KubeObject, by: ReadonlyMap<string, string>, apiVersion: string): KubeObject {
  const {metadata, ...rest} = looseOf(object)
  const fields = Object.entries(rest).map(([key, value]) => [by.get(key) ?? key, value])
  const made: KubeObject = {
    metadata: objectOf(metadata),
    ...Object.fromEntries(fields),
    kind: 'Event',
    apiVersion,
  }
  return made
}

/** Both groups serve the same events, which are stored in the core group's words. */
const view: View = {
  source: events,
  toSource: object => renamed(object, toCore, 'v1'),
  fromSource: object => renamed(object, toNewer, 'events.k8s.io/v1'),
}

const needed = (event: JsonObject, name: string) => (textAt(event, name) === '' ? [required(name)] : [])

export const eventViewKind: KindSpec = {
  type: {group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true},
  model: 'EventsV1Event',
  shortNames: ['ev'],
  storedAs: {group: '', version: 'v1'},
  view,
  columns: eventKind.columns.map(column => ({
    ...column,
    cell: (event, now) => column.cell(event.apiVersion === 'v1' ? event : view.toSource(event), now),
  })),
  validate(event) {
    const series = ['reportingController', 'reportingInstance', 'action', 'reason', 'type']
    const isNew = textAt(event, 'eventTime') !== ''
    return isNew ? series.flatMap(name => needed(event, name)) : [required('eventTime')]
  },
  validateUpdate: () => [],
}
