import type {KubeObject, ResourceType} from '../../../registry.ts'
import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, flag, joined, nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, textAt, textsAt} from '../fields.ts'
import {required} from '../problems.ts'

/**
 * What a CSI driver's own parts tell each other by. Nothing here attaches volumes, so these are kept and
 * given back, as in a cluster whose driver is not installed.
 */
const typeOf = (plural: string, kind: string, namespaced = false): ResourceType => ({
  group: 'storage.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced,
})

const missing = (object: JsonObject, ...path: string[]): FieldError[] =>
  textAt(object, ...path) === '' ? [required(path.join('.'))] : []

const csiDriverKind: KindSpec = {
  type: typeOf('csidrivers', 'CSIDriver'),
  model: 'V1CSIDriver',
  columns: [
    nameColumn,
    flag('AttachRequired', each => at(each, 'spec', 'attachRequired') !== false),
    flag('PodInfoOnMount', each => at(each, 'spec', 'podInfoOnMount') === true),
    flag('StorageCapacity', each => at(each, 'spec', 'storageCapacity') === true),
    text('TokenRequests', each => audiences(each)),
    flag('RequiresRepublish', each => at(each, 'spec', 'requiresRepublish') === true),
    text('Modes', each => joined(textsAt(each, 'spec', 'volumeLifecycleModes'))),
    ageColumn,
  ],
  defaults: object =>
    fill(ensureObject(object, 'spec'), {
      attachRequired: true,
      podInfoOnMount: false,
      requiresRepublish: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      storageCapacity: false,
      volumeLifecycleModes: ['Persistent'],
      seLinuxMount: false,
    }),
}

function audiences(driver: KubeObject): string {
  const requests = listAt(driver, 'spec', 'tokenRequests')
  return requests.length === 0 ? '<unset>' : requests.map(each => textAt(each, 'audience')).join(',')
}

const csiNodeKind: KindSpec = {
  type: typeOf('csinodes', 'CSINode'),
  model: 'V1CSINode',
  columns: [
    nameColumn,
    {...text('Drivers', each => listAt(each, 'spec', 'drivers').length), type: 'integer'},
    ageColumn,
  ],
  validate: object =>
    listAt(object, 'spec', 'drivers').flatMap((driver, index) =>
      ['name', 'nodeID'].flatMap(key =>
        textAt(driver, key) === '' ? [required(`spec.drivers[${index}].${key}`)] : [],
      ),
    ),
}

const capacityKind: KindSpec = {
  type: typeOf('csistoragecapacities', 'CSIStorageCapacity', true),
  model: 'V1CSIStorageCapacity',
  columns: [
    nameColumn,
    text('StorageClassName', each => textAt(each, 'storageClassName')),
    text('Capacity', each => textAt(each, 'capacity') || '<unset>'),
  ],
  validate: object => missing(object, 'storageClassName'),
}

const attachmentKind: KindSpec = {
  type: typeOf('volumeattachments', 'VolumeAttachment'),
  model: 'V1VolumeAttachment',
  status: {attached: false},
  columns: [
    nameColumn,
    text('Attacher', each => textAt(each, 'spec', 'attacher')),
    text('PV', each => textAt(each, 'spec', 'source', 'persistentVolumeName')),
    text('Node', each => textAt(each, 'spec', 'nodeName')),
    flag('Attached', each => at(each, 'status', 'attached') === true),
    ageColumn,
  ],
  validate: object => [...missing(object, 'spec', 'attacher'), ...missing(object, 'spec', 'nodeName')],
}

const attributesClassKind: KindSpec = {
  type: typeOf('volumeattributesclasses', 'VolumeAttributesClass'),
  model: 'V1VolumeAttributesClass',
  shortNames: ['vac'],
  columns: [nameColumn, text('DriverName', each => textAt(each, 'driverName')), ageColumn],
  validate: object => missing(object, 'driverName'),
}

export const csiKinds: readonly KindSpec[] = [
  csiDriverKind,
  csiNodeKind,
  capacityKind,
  attachmentKind,
  attributesClassKind,
]
