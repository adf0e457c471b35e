import type {PersistentVolume} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {persistentVolumeClaims, persistentVolumes} from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {annotationsOf, isDeleting, nameOf, removeFinalizer} from '../identity.ts'
import type {EventRecorder} from '../recorder.ts'
import {setVolumePhase} from './bind.ts'
import {provisionedBy, provisionerName} from './provision.ts'
import type {VolumeStorage} from './storage.ts'

const protection = 'kubernetes.io/pv-protection'

/** Follows volumes from available over bound to released, and gives back what nobody needs any more. */
export function startVolumes(context: ControllerContext, storage: VolumeStorage): Stop {
  const {registry} = context
  const recorder = context.recorder('persistentvolume-controller')
  return runController(context, {
    name: 'persistentvolume',
    sources: [
      subject(registry, persistentVolumes),
      source(registry, persistentVolumeClaims, claim =>
        claim.spec?.volumeName ? [claim.spec.volumeName] : [],
      ),
    ],
    sync: async key => {
      const volume = registry.get(persistentVolumes, undefined, key)
      if (volume) await syncVolume({registry, recorder, storage}, volume)
    },
  })
}

interface Keeper {
  registry: Registry
  recorder: EventRecorder
  storage: VolumeStorage
}

/** What the claim that a volume is reserved for says about the volume. */
type Standing = 'free' | 'reserved' | 'bound' | 'released'

function standing(registry: Registry, volume: PersistentVolume): Standing {
  const reference = volume.spec?.claimRef
  if (!reference) return 'free'
  const claim = registry.get(persistentVolumeClaims, reference.namespace, reference.name ?? '')
  if (reference.uid === undefined) return 'reserved'
  if (!claim || claim.metadata?.uid !== reference.uid) return 'released'
  return claim.spec?.volumeName === nameOf(volume) ? 'bound' : 'reserved'
}

async function syncVolume(keeper: Keeper, volume: PersistentVolume): Promise<void> {
  const {registry} = keeper
  switch (standing(registry, volume)) {
    case 'bound':
      setVolumePhase(registry, volume, 'Bound')
      return
    case 'free':
    case 'reserved':
      if (isDeleting(volume)) removeFinalizer(registry, persistentVolumes, volume, protection)
      else setVolumePhase(registry, volume, 'Available')
      return
    case 'released':
      await reclaim(keeper, volume)
  }
}

async function reclaim({registry, recorder, storage}: Keeper, volume: PersistentVolume): Promise<void> {
  if (volume.status?.phase !== 'Failed') setVolumePhase(registry, volume, 'Released')
  const own = annotationsOf(volume)[provisionedBy] === provisionerName
  const path = volume.spec?.local?.path
  const gives = volume.spec?.persistentVolumeReclaimPolicy === 'Delete' && own && path !== undefined
  if (gives) {
    try {
      await storage.remove(path)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      setVolumePhase(registry, volume, 'Failed', message)
      recorder.event(persistentVolumes, volume, {type: 'Warning', reason: 'VolumeFailedDelete', message})
      throw error
    }
    if (!isDeleting(volume)) registry.delete(persistentVolumes, undefined, nameOf(volume))
  }
  if (gives || isDeleting(volume)) removeFinalizer(registry, persistentVolumes, volume, protection)
}
