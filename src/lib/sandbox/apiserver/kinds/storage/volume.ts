import {persistentVolumes, storageClasses} from '../../../resources.ts'
import {equalJson, isObject, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {ageColumn, flag, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, objectAt, textAt, textsAt} from '../fields.ts'
import {forbidden, immutable, required, unsupported} from '../problems.ts'
import {isDefaultClass, modesCell, protect} from './claim.ts'
import {validateAccessModes, validateStorage} from './claim-spec.ts'

const sourceKeys = [
  ...['awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi', 'fc', 'flexVolume'],
  ...[
    'flocker',
    'gcePersistentDisk',
    'glusterfs',
    'hostPath',
    'iscsi',
    'local',
    'nfs',
    'photonPersistentDisk',
  ],
  ...['portworxVolume', 'quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume'],
]

const sources = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    sourceKeys.map(key => [key, at(object, 'spec', key)]).filter(([, value]) => isObject(value)),
  )

function validateVolume(object: JsonObject): FieldError[] {
  const policy = textAt(object, 'spec', 'persistentVolumeReclaimPolicy')
  const capacity = objectAt(object, 'spec', 'capacity')
  const count = Object.keys(sources(object)).length
  const policies = ['Delete', 'Recycle', 'Retain']
  const found = validateAccessModes(at(object, 'spec', 'accessModes'), 'spec.accessModes', '')
  if (Object.keys(capacity).length === 0) found.push(required('spec.capacity'))
  else found.push(...validateStorage(capacity['storage'], 'spec.capacity[storage]'))
  if (count === 0) found.push(required('spec', 'must specify a volume type'))
  if (count > 1) found.push(forbidden('spec', 'may not specify more than 1 volume type'))
  if (at(object, 'spec', 'local') !== undefined && at(object, 'spec', 'nodeAffinity') === undefined) {
    found.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
  }
  if (!policies.includes(policy)) {
    found.push(unsupported('spec.persistentVolumeReclaimPolicy', policy, policies))
  }
  return found
}

export const volumeKind: KindSpec = {
  type: persistentVolumes,
  model: 'V1PersistentVolume',
  shortNames: ['pv'],
  status: {phase: 'Pending'},
  columns: [
    nameColumn,
    text('Capacity', each => textAt(each, 'spec', 'capacity', 'storage')),
    text('Access Modes', each => modesCell(textsAt(each, 'spec', 'accessModes'))),
    text('Reclaim Policy', each => textAt(each, 'spec', 'persistentVolumeReclaimPolicy')),
    text('Status', each =>
      at(each, 'metadata', 'deletionTimestamp') === undefined
        ? textAt(each, 'status', 'phase')
        : 'Terminating',
    ),
    text('Claim', each => {
      const name = textAt(each, 'spec', 'claimRef', 'name')
      return name === '' ? '' : `${textAt(each, 'spec', 'claimRef', 'namespace')}/${name}`
    }),
    text('StorageClass', each => textAt(each, 'spec', 'storageClassName')),
    text('VolumeAttributesClass', each => textAt(each, 'spec', 'volumeAttributesClassName') || '<unset>'),
    text('Reason', each => textAt(each, 'status', 'reason')),
    ageColumn,
    wide(text('VolumeMode', each => textAt(each, 'spec', 'volumeMode') || '<unset>')),
  ],
  defaults(object) {
    const spec = ensureObject(object, 'spec')
    fill(spec, {persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem'})
    const hostPath = spec['hostPath']
    if (isObject(hostPath)) fill(hostPath, {type: ''})
  },
  create: object => protect(object, 'kubernetes.io/pv-protection'),
  validate: validateVolume,
  validateUpdate(object, old) {
    const found = validateVolume(object)
    if (!equalJson(sources(object), sources(old))) {
      const text = 'spec.persistentvolumesource is immutable after creation\n'
      found.push(forbidden('spec.persistentvolumesource', text))
    }
    const mode = at(object, 'spec', 'volumeMode')
    if (mode !== at(old, 'spec', 'volumeMode')) found.push(immutable('spec.volumeMode', mode))
    return found
  },
}

function validateClass(object: JsonObject): FieldError[] {
  const policy = textAt(object, 'reclaimPolicy')
  const mode = textAt(object, 'volumeBindingMode')
  const modes = ['Immediate', 'WaitForFirstConsumer']
  return [
    ...(textAt(object, 'provisioner') === '' ? [required('provisioner')] : []),
    ...(['Delete', 'Retain'].includes(policy)
      ? []
      : [unsupported('reclaimPolicy', policy, ['Delete', 'Retain'])]),
    ...(modes.includes(mode) ? [] : [unsupported('volumeBindingMode', mode, modes)]),
  ]
}

export const storageClassKind: KindSpec = {
  type: storageClasses,
  model: 'V1StorageClass',
  shortNames: ['sc'],
  columns: [
    {
      ...nameColumn,
      cell: each => `${textAt(each, 'metadata', 'name')}${isDefaultClass(each) ? ' (default)' : ''}`,
    },
    text('Provisioner', each => textAt(each, 'provisioner')),
    text('ReclaimPolicy', each => textAt(each, 'reclaimPolicy')),
    text('VolumeBindingMode', each => textAt(each, 'volumeBindingMode')),
    flag('AllowVolumeExpansion', each => at(each, 'allowVolumeExpansion') === true),
    ageColumn,
  ],
  defaults: object => fill(object, {reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate'}),
  validate: validateClass,
  validateUpdate(object, old) {
    const found = validateClass(object)
    for (const key of ['parameters', 'provisioner', 'reclaimPolicy']) {
      if (!equalJson(object[key], old[key])) found.push(forbidden(key, `updates to ${key} are forbidden.`))
    }
    if (object['volumeBindingMode'] !== old['volumeBindingMode']) {
      found.push(immutable('volumeBindingMode', object['volumeBindingMode']))
    }
    return found
  },
}
