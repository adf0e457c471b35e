import type {KubeObject} from '../../../registry.ts'
import {persistentVolumeClaims, storageClasses} from '../../../resources.ts'
import {cloneJson, equalJson, type JsonObject} from '../../json.ts'
import type {FieldError, StrategyContext} from '../../kind.ts'
import {forbidden as forbiddenStatus} from '../../status.ts'
import {ageColumn, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, objectAt, textAt, textsAt} from '../fields.ts'
import {changedPaths} from '../pods/update.ts'
import {limitClaim} from '../policy/limits.ts'
import {forbidden} from '../problems.ts'
import {nanoOf} from '../quantity.ts'
import {defaultClaimSpec, validateClaimSpec} from './claim-spec.ts'

const defaultMark = 'storageclass.kubernetes.io/is-default-class'
const protection = 'kubernetes.io/pvc-protection'

export const isDefaultClass = (object: unknown): boolean =>
  textAt(object, 'metadata', 'annotations', defaultMark) === 'true'

const shortModes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

export const modesCell = (modes: readonly string[]): string =>
  [...new Set(modes)].map(mode => shortModes[mode] ?? mode).join(',')

/** The newest of the classes that are marked as default. */
function defaultClass(context: StrategyContext): string | undefined {
  const marked = context.list(storageClasses).filter(isDefaultClass)
  const newest = marked.sort((a, b) =>
    textAt(a, 'metadata', 'creationTimestamp') < textAt(b, 'metadata', 'creationTimestamp') ? 1 : -1,
  )[0]
  return newest && textAt(newest, 'metadata', 'name')
}

export function protect(object: JsonObject, finalizer: string): void {
  const metadata = ensureObject(object, 'metadata')
  const finalizers = textsAt(metadata, 'finalizers')
  if (!finalizers.includes(finalizer)) metadata['finalizers'] = [...finalizers, finalizer]
}

const requested = (claim: unknown): unknown => at(claim, 'spec', 'resources', 'requests', 'storage')

/** A class must allow a claim to grow. */
function admitResize(claim: JsonObject, old: JsonObject, context: StrategyContext): void {
  if (nanoOf(requested(claim)) <= nanoOf(requested(old))) return
  if (textAt(old, 'status', 'phase') !== 'Bound') return
  const found = context.get(storageClasses, undefined, textAt(old, 'spec', 'storageClassName'))
  if (at(found, 'allowVolumeExpansion') === true) return
  throw forbiddenStatus(
    persistentVolumeClaims,
    textAt(claim, 'metadata', 'name'),
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  )
}

function validateUpdate(claim: JsonObject, old: JsonObject): FieldError[] {
  const spec = cloneJson(objectAt(claim, 'spec'))
  const before = objectAt(old, 'spec')
  if (before['volumeName'] === undefined) spec['volumeName'] = undefined
  if (before['storageClassName'] === undefined) spec['storageClassName'] = undefined
  const isBound = textAt(old, 'status', 'phase') === 'Bound'
  const found: FieldError[] = []
  if (isBound) {
    const size = requested(claim)
    const resources = objectAt(spec, 'resources', 'requests')
    if (
      nanoOf(size) < nanoOf(requested(old)) &&
      nanoOf(size) < nanoOf(at(old, 'status', 'capacity', 'storage'))
    ) {
      found.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
    }
    resources['storage'] = requested(old)
    spec['volumeAttributesClassName'] = before['volumeAttributesClassName']
  }
  if (!equalJson(spec, before)) {
    const paths = changedPaths(spec, before)
    const text =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    found.unshift(forbidden('spec', `${text}\n${paths.map(path => `  ${path}`).join('\n')}\n`))
  }
  return [...found, ...validateClaimSpec(objectAt(claim, 'spec'), 'spec')]
}

function statusCell(claim: KubeObject): string {
  return at(claim, 'metadata', 'deletionTimestamp') === undefined
    ? textAt(claim, 'status', 'phase')
    : 'Terminating'
}

const isPlaced = (claim: KubeObject): boolean => textAt(claim, 'spec', 'volumeName') !== ''

export const claimKind: KindSpec = {
  type: persistentVolumeClaims,
  model: 'V1PersistentVolumeClaim',
  shortNames: ['pvc'],
  status: {phase: 'Pending'},
  columns: [
    nameColumn,
    text('Status', statusCell),
    text('Volume', each => textAt(each, 'spec', 'volumeName')),
    text('Capacity', each => (isPlaced(each) ? textAt(each, 'status', 'capacity', 'storage') : '')),
    text('Access Modes', each => (isPlaced(each) ? modesCell(textsAt(each, 'status', 'accessModes')) : '')),
    text('StorageClass', each => textAt(each, 'spec', 'storageClassName')),
    text('VolumeAttributesClass', each => textAt(each, 'spec', 'volumeAttributesClassName') || '<unset>'),
    ageColumn,
    wide(text('VolumeMode', each => textAt(each, 'spec', 'volumeMode') || '<unset>')),
  ],
  defaults: claim => defaultClaimSpec(ensureObject(claim, 'spec')),
  create(claim, context) {
    const spec = objectAt(claim, 'spec')
    const chosen = spec['storageClassName'] === undefined ? defaultClass(context) : undefined
    if (chosen !== undefined) spec['storageClassName'] = chosen
    protect(claim, protection)
    limitClaim(claim, context)
  },
  update: admitResize,
  validate: claim => validateClaimSpec(objectAt(claim, 'spec'), 'spec'),
  validateUpdate,
}
