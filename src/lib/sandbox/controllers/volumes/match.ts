import type {PersistentVolume, PersistentVolumeClaim} from 'kubernetes-types/core/v1.d.ts'
import {nanoOf} from '../../apiserver/kinds/quantity.ts'
import {matcherOf} from '../../selector.ts'
import {isDeleting, labelsOf, nameOf, namespaceOf} from '../identity.ts'
import {requestOf} from './claimstate.ts'

const capacityOf = (volume: PersistentVolume): bigint => nanoOf(volume.spec?.capacity?.['storage'])

/** Whether the volume is reserved for, or bound to, this very claim. */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef
  if (reference?.name !== nameOf(claim) || reference.namespace !== namespaceOf(claim)) return false
  return reference.uid === undefined || reference.uid === claim.metadata?.uid
}

/** Pure: the smallest existing volume that satisfies the claim, a reserved one first. */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const wanted = claim.spec?.volumeName
  if (wanted) return volumes.find(volume => nameOf(volume) === wanted && isFree(volume, claim))
  const reserved = volumes.find(volume => isReservedFor(volume, claim) && !isDeleting(volume))
  if (reserved) return reserved
  const fitting = volumes.filter(
    volume => !volume.spec?.claimRef && isFree(volume, claim) && fits(volume, claim),
  )
  return fitting.sort((a, b) => compare(capacityOf(a), capacityOf(b)))[0]
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

const isFree = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  !isDeleting(volume) && (!volume.spec?.claimRef || isReservedFor(volume, claim))

function fits({metadata, spec}: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const modes = claim.spec?.accessModes ?? []
  if (!modes.every(mode => spec?.accessModes?.includes(mode))) return false
  if ((spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false
  if ((spec?.storageClassName ?? '') !== (claim.spec?.storageClassName ?? '')) return false
  if (nanoOf(spec?.capacity?.['storage']) < requestOf(claim)) return false
  return !claim.spec?.selector || matcherOf(claim.spec.selector)(labelsOf({metadata: metadata ?? {}}))
}
