import type {PersistentVolumeClaim} from 'kubernetes-types/core/v1.d.ts'
import type {StorageClass} from 'kubernetes-types/storage/v1.d.ts'
import {nanoOf} from '../../apiserver/kinds/quantity.ts'
import type {Registry} from '../../registry.ts'
import {persistentVolumeClaims} from '../../resources.ts'
import {annotationsOf, nameOf, namespaceOf} from '../identity.ts'

const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node'

/** The node that the scheduler chose for the first pod of a claim that waited for it. */
export const selectedNode = (claim: PersistentVolumeClaim): string | undefined =>
  annotationsOf(claim)[selectedNodeAnnotation]

export function selectNode(registry: Registry, claim: PersistentVolumeClaim, node: string): void {
  registry.modify(persistentVolumeClaims, namespaceOf(claim), nameOf(claim), draft => {
    draft.metadata = {
      ...draft.metadata,
      annotations: {...annotationsOf(draft), [selectedNodeAnnotation]: node},
    }
  })
}

/** The claim is bound, or provisioned, only once a pod that mounts it has a node. */
export function waitsForConsumer(
  claim: PersistentVolumeClaim,
  storageClass: (name: string) => StorageClass | undefined,
): boolean {
  const name = claim.spec?.storageClassName
  return name !== undefined && storageClass(name)?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** Nano-bytes that the claim asks for. */
export const requestOf = (claim: PersistentVolumeClaim): bigint =>
  nanoOf(claim.spec?.resources?.requests?.['storage'])
