import type {PersistentVolume, PersistentVolumeClaim, Pod} from 'kubernetes-types/core/v1.d.ts'
import {isDeleting, nameOf} from '../identity.ts'
import {selectedNode, waitsForConsumer} from '../volumes/claimstate.ts'
import {findVolume} from '../volumes/match.ts'
import {selectorMatches} from './nodeaffinity.ts'
import type {Candidate, Placement, Snapshot} from './snapshot.ts'

/** Names of the claims a pod mounts, generic ephemeral ones included. */
export function claimNames(pod: Pod): string[] {
  const names: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) names.push(volume.persistentVolumeClaim.claimName)
    if (volume.ephemeral) names.push(`${nameOf(pod)}-${volume.name}`)
  }
  return names
}

export const volumeReasons = {
  unbound: 'pod has unbound immediate PersistentVolumeClaims',
  affinity: "node(s) didn't match PersistentVolume's node affinity",
  none: "node(s) didn't find available persistent volumes to bind",
} as const

export interface VolumeNeeds {
  /** Why no node at all will do. */
  refusal?: string
  bound: PersistentVolume[]
  /** Claims that are bound once their pod has a node. */
  waiting: PersistentVolumeClaim[]
}

export function volumeNeeds({pod, namespace, snapshot}: Placement): VolumeNeeds {
  const needs: VolumeNeeds = {bound: [], waiting: []}
  for (const name of claimNames(pod)) {
    const claim = snapshot.claim(namespace, name)
    if (!claim) return {...needs, refusal: `persistentvolumeclaim "${name}" not found`}
    if (isDeleting(claim)) return {...needs, refusal: `persistentvolumeclaim "${name}" is being deleted`}
    if (claim.status?.phase === 'Lost') {
      const volume = claim.spec?.volumeName ?? ''
      const refusal = `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volume}"`
      return {...needs, refusal}
    }
    if (claim.spec?.volumeName && claim.status?.phase === 'Bound') {
      const volume = snapshot.volume(claim.spec.volumeName)
      if (volume) needs.bound.push(volume)
    } else if (waitsForConsumer(claim, snapshot.storageClass)) needs.waiting.push(claim)
    else return {...needs, refusal: volumeReasons.unbound}
  }
  return needs
}

/** Why the node cannot give the pod its volumes, if it cannot. */
export function volumesFit(needs: VolumeNeeds, candidate: Candidate, snapshot: Snapshot): string | undefined {
  const reachable = ({spec}: PersistentVolume): boolean =>
    selectorMatches(spec?.nodeAffinity?.required, candidate)
  if (!needs.bound.every(reachable)) return volumeReasons.affinity
  for (const claim of needs.waiting) {
    const selected = selectedNode(claim)
    if (selected !== undefined && selected !== candidate.name) return volumeReasons.none
    if (canProvision(claim, candidate, snapshot)) continue
    if (!findVolume(claim, snapshot.volumes().filter(reachable))) return volumeReasons.none
  }
  return undefined
}

function canProvision(claim: PersistentVolumeClaim, candidate: Candidate, snapshot: Snapshot): boolean {
  const storageClass = snapshot.storageClass(claim.spec?.storageClassName ?? '')
  if (!storageClass || storageClass.provisioner === 'kubernetes.io/no-provisioner') return false
  const topologies = storageClass.allowedTopologies
  if (!topologies?.length) return true
  return topologies.some(({matchLabelExpressions = []}) =>
    matchLabelExpressions.every(({key, values}) => values.includes(candidate.labels[key] ?? '')),
  )
}
