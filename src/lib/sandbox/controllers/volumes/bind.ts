import type {PersistentVolume, PersistentVolumeClaim} from 'kubernetes-types/core/v1.d.ts'
import {nanoOf} from '../../apiserver/kinds/quantity.ts'
import type {Registry} from '../../registry.ts'
import {persistentVolumeClaims, persistentVolumes, storageClasses} from '../../resources.ts'
import {annotationsOf, nameOf, namespaceOf, uidOf} from '../identity.ts'
import {requestOf} from './claimstate.ts'
import {provisionedBy} from './provision.ts'

const boundByController = 'pv.kubernetes.io/bound-by-controller'
const bindCompleted = 'pv.kubernetes.io/bind-completed'

/** Ties a volume and a claim to each other: first the volume, so that nobody else can take it. */
export function bindClaim(registry: Registry, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const reserved = volume.spec?.claimRef?.uid !== undefined
  const bound = registry.modify(persistentVolumes, undefined, nameOf(volume), draft => {
    if (!draft.spec || reserved) return
    const chosen = draft.spec.claimRef === undefined
    draft.spec.claimRef = {
      ...draft.spec.claimRef,
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: namespaceOf(claim),
      name: nameOf(claim),
      uid: uidOf(claim),
    }
    if (chosen)
      draft.metadata = {...draft.metadata, annotations: {...annotationsOf(draft), [boundByController]: 'yes'}}
  })
  if (!bound) return
  setVolumePhase(registry, bound, 'Bound')
  const completed = registry.modify(persistentVolumeClaims, namespaceOf(claim), nameOf(claim), draft => {
    const byUser = draft.spec?.volumeName !== undefined && draft.spec.volumeName !== ''
    draft.spec = {...draft.spec, volumeName: nameOf(volume)}
    draft.metadata = {
      ...draft.metadata,
      annotations: {
        ...annotationsOf(draft),
        [bindCompleted]: 'yes',
        ...(byUser ? {} : {[boundByController]: 'yes'}),
        ...provisionerAnnotations(bound),
      },
    }
  })
  if (completed) showBound(registry, completed, bound)
}

function provisionerAnnotations(volume: PersistentVolume): Record<string, string> {
  const provisioner = annotationsOf(volume)[provisionedBy]
  if (provisioner === undefined) return {}
  return {
    'volume.beta.kubernetes.io/storage-provisioner': provisioner,
    'volume.kubernetes.io/storage-provisioner': provisioner,
  }
}

function showBound(registry: Registry, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  registry.modify(
    persistentVolumeClaims,
    namespaceOf(claim),
    nameOf(claim),
    draft => {
      const {accessModes = [], capacity} = volume.spec ?? {}
      Object.assign(draft, {status: {...draft.status, phase: 'Bound', accessModes, capacity: {...capacity}}})
    },
    'status',
  )
}

export function setClaimPhase(registry: Registry, claim: PersistentVolumeClaim, phase: string): void {
  registry.modify(
    persistentVolumeClaims,
    namespaceOf(claim),
    nameOf(claim),
    draft => {
      Object.assign(draft, {status: {...draft.status, phase}})
    },
    'status',
  )
}

export function setVolumePhase(
  registry: Registry,
  volume: PersistentVolume,
  phase: string,
  message?: string,
): void {
  registry.modify(
    persistentVolumes,
    undefined,
    nameOf(volume),
    draft => {
      const {message: _, ...status} = draft.status ?? {}
      Object.assign(draft, {status: {...status, phase, ...(message === undefined ? {} : {message})}})
    },
    'status',
  )
}

/** Whether a bound claim asks for more than it has, of a class that can give it. */
export function mayGrow(registry: Registry, claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  if (claim.spec?.resources?.requests?.['storage'] === undefined) return false
  if (requestOf(claim) <= nanoOf(claim.status?.capacity?.['storage'])) return false
  const storageClass = registry.get(storageClasses, undefined, volume.spec?.storageClassName ?? '')
  return storageClass?.allowVolumeExpansion === true
}

/** Shows a volume as large as its claim asks for now. */
export function expand(registry: Registry, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const wanted = claim.spec?.resources?.requests?.['storage']
  if (wanted === undefined) return
  const grown = registry.modify(persistentVolumes, undefined, nameOf(volume), draft => {
    if (!draft.spec || nanoOf(draft.spec.capacity?.['storage']) >= requestOf(claim)) return
    draft.spec.capacity = {...draft.spec.capacity, storage: wanted}
  })
  if (grown) showBound(registry, claim, grown)
}
