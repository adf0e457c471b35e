import type {JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {at, ensureObject, fill, textAt, textsAt} from '../fields.ts'
import {invalid, joinPath, required, unsupported} from '../problems.ts'
import {isQuantity, nanoOf} from '../quantity.ts'
import {validateSelector} from '../selector.ts'

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export function defaultClaimSpec(spec: JsonObject): void {
  fill(spec, {volumeMode: 'Filesystem'})
  ensureObject(spec, 'resources')
}

export function validateAccessModes(value: unknown, field: string, missing: string): FieldError[] {
  const modes = textsAt({value}, 'value')
  if (modes.length === 0) return [required(field, missing)]
  const found = modes.flatMap((mode, index) =>
    accessModes.includes(mode) ? [] : [unsupported(joinPath(field, index), mode, accessModes)],
  )
  if (!modes.includes('ReadWriteOncePod') || modes.length === 1) return found
  const text = 'may not use ReadWriteOncePod with other access modes'
  return [...found, {field, reason: 'FieldValueForbidden', message: `Forbidden: ${text}`}]
}

/** The amount of storage asked for: a positive quantity. */
export function validateStorage(value: unknown, field: string): FieldError[] {
  if (value === undefined) return [required(field)]
  if (!isQuantity(value)) return [invalid(field, value, 'must be a quantity')]
  return nanoOf(value) > 0n ? [] : [invalid(field, value, 'must be greater than zero')]
}

/** The spec of a PersistentVolumeClaim or of a claim template. */
export function validateClaimSpec(spec: JsonObject, field: string): FieldError[] {
  const mode = textAt(spec, 'volumeMode')
  return [
    ...validateAccessModes(spec['accessModes'], `${field}.accessModes`, 'at least 1 access mode is required'),
    ...validateSelector(spec['selector'], `${field}.selector`),
    ...validateStorage(at(spec, 'resources', 'requests', 'storage'), `${field}.resources[storage]`),
    ...(['Block', 'Filesystem'].includes(mode)
      ? []
      : [unsupported(`${field}.volumeMode`, mode, ['Block', 'Filesystem'])]),
  ]
}
