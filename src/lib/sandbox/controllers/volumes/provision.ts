import type {NodeSelector, PersistentVolume, PersistentVolumeClaim} from 'kubernetes-types/core/v1.d.ts'
import type {StorageClass} from 'kubernetes-types/storage/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {nodes, persistentVolumes, storageClasses} from '../../resources.ts'
import {labelsOf, nameOf, namespaceOf, uidOf} from '../identity.ts'

export const provisionerName = 'sandbox.pgk/local'
export const provisionedBy = 'pv.kubernetes.io/provisioned-by'
const protection = 'kubernetes.io/pv-protection'
const hostname = 'kubernetes.io/hostname'
const defaultClass = 'storageclass.kubernetes.io/is-default-class'

export type BindingMode = 'WaitForFirstConsumer' | 'Immediate'

/** The class that claims get which name none. */
export const standardClass = (bindingMode: BindingMode): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {name: 'standard', annotations: {[defaultClass]: 'true'}},
  provisioner: provisionerName,
  reclaimPolicy: 'Delete',
  volumeBindingMode: bindingMode,
  allowVolumeExpansion: true,
})

/** Of several default classes the newest counts. */
export function defaultStorageClass(registry: Registry): StorageClass | undefined {
  const marked = registry
    .list(storageClasses)
    .filter(each => each.metadata?.annotations?.[defaultClass] === 'true')
  const age = (each: StorageClass): string => each.metadata?.creationTimestamp ?? ''
  return marked.sort((a, b) => (age(a) < age(b) ? 1 : -1))[0]
}

export const volumeName = (claim: PersistentVolumeClaim): string => `pvc-${uidOf(claim)}`

/** Creates the volume object for a directory that exists, already reserved for its claim. */
export function createVolume(
  registry: Registry,
  claim: PersistentVolumeClaim,
  {storageClass, path, node}: {storageClass: StorageClass; path: string; node: string | undefined},
): PersistentVolume {
  const name = volumeName(claim)
  const existing = registry.get(persistentVolumes, undefined, name)
  if (existing) return existing
  const {accessModes = [], resources, volumeMode} = claim.spec ?? {}
  return registry.create<PersistentVolume>(persistentVolumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: {[provisionedBy]: storageClass.provisioner},
      finalizers: [protection],
    },
    spec: {
      capacity: {storage: resources?.requests?.['storage'] ?? '0'},
      accessModes,
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: namespaceOf(claim),
        name: nameOf(claim),
        uid: uidOf(claim),
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: nameOf(storageClass),
      volumeMode: volumeMode ?? 'Filesystem',
      local: {path},
      nodeAffinity: {required: reachableFrom(registry, node)},
      ...(storageClass.mountOptions ? {mountOptions: storageClass.mountOptions} : {}),
    },
  })
}

/** The node that the volume was made on; without one, every node: all of them share one machine. */
function reachableFrom(registry: Registry, node: string | undefined): NodeSelector {
  if (node === undefined)
    return {nodeSelectorTerms: [{matchExpressions: [{key: hostname, operator: 'Exists'}]}]}
  const found = registry.get(nodes, undefined, node)
  const label = (found && labelsOf(found)[hostname]) ?? node
  return {nodeSelectorTerms: [{matchExpressions: [{key: hostname, operator: 'In', values: [label]}]}]}
}
