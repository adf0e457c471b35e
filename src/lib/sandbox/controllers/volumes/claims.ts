import type {PersistentVolume, PersistentVolumeClaim, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {StorageClass} from 'kubernetes-types/storage/v1.d.ts'
import type {Registry} from '../../registry.ts'
import * as resources from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {
  addFinalizer,
  hasFinalizer,
  isDeleting,
  labelsOf,
  nameOf,
  namespaceOf,
  removeFinalizer,
  splitKey,
} from '../identity.ts'
import type {EventRecorder} from '../recorder.ts'
import {selectorMatches} from '../scheduler/nodeaffinity.ts'
import {claimNames} from '../scheduler/volumes.ts'
import {bindClaim, expand, mayGrow, setClaimPhase} from './bind.ts'
import {requestOf, selectedNode, waitsForConsumer} from './claimstate.ts'
import {findVolume} from './match.ts'
import {createVolume, defaultStorageClass, provisionerName, volumeName} from './provision.ts'
import type {VolumeStorage} from './storage.ts'

const claims = resources.persistentVolumeClaims
const protection = 'kubernetes.io/pvc-protection'

interface Binder {
  registry: Registry
  recorder: EventRecorder
  storage: VolumeStorage
}

/** Binds claims to volumes, makes volumes for them, grows them, and protects claims that pods use. */
export function startClaims(context: ControllerContext, storage: VolumeStorage): Stop {
  const {registry} = context
  const binder = {registry, storage, recorder: context.recorder('persistentvolume-controller')}
  const unbound = (): string[] =>
    registry
      .list(claims)
      .filter(claim => claim.status?.phase !== 'Bound')
      .map(claim => `${namespaceOf(claim)}/${nameOf(claim)}`)
  return runController(context, {
    name: 'persistentvolumeclaim',
    sources: [
      subject(registry, claims),
      source(registry, resources.pods, pod => claimNames(pod).map(name => `${namespaceOf(pod)}/${name}`)),
      source(registry, resources.persistentVolumes, volume => {
        const {namespace, name} = volume.spec?.claimRef ?? {}
        return namespace !== undefined && name !== undefined ? [`${namespace}/${name}`] : unbound()
      }),
      source(registry, resources.storageClasses, unbound),
    ],
    sync: async key => {
      const {namespace, name} = splitKey(key)
      const claim = registry.get(claims, namespace, name)
      if (claim) await syncClaim(binder, claim)
    },
  })
}

async function syncClaim(binder: Binder, claim: PersistentVolumeClaim): Promise<void> {
  const {registry} = binder
  if (isDeleting(claim)) {
    if (hasFinalizer(claim, protection) && !isUsed(registry, claim)) {
      removeFinalizer(registry, claims, claim, protection)
    }
    return
  }
  if (!hasFinalizer(claim, protection)) addFinalizer(registry, claims, claim, protection)
  if (claim.status?.phase !== 'Bound') {
    await bindOrProvision(binder, claim)
    return
  }
  const volume = registry.get(resources.persistentVolumes, undefined, claim.spec?.volumeName ?? '')
  if (!volume) {
    setClaimPhase(registry, claim, 'Lost')
    return
  }
  if (!mayGrow(registry, claim, volume)) return
  const path = volume.spec?.local?.path
  if (path !== undefined) await binder.storage.grow?.(path, bytesOf(requestOf(claim)))
  expand(registry, claim, volume)
}

const bytesOf = (nano: bigint): number => Number(nano / 1_000_000_000n)

/** A pod that has no node yet does not hold a claim back: its kubelet would refuse to start it. */
function isUsed(registry: Registry, claim: PersistentVolumeClaim): boolean {
  const mounts = (pod: Pod): boolean => Boolean(pod.spec?.nodeName) && claimNames(pod).includes(nameOf(claim))
  return registry.list(resources.pods, {namespace: namespaceOf(claim)}).some(mounts)
}

async function bindOrProvision(binder: Binder, given: PersistentVolumeClaim): Promise<void> {
  const {registry, recorder} = binder
  const claim = withStorageClass(registry, given)
  if (claim.status?.phase === undefined) setClaimPhase(registry, claim, 'Pending')
  const storageClass = registry.get(resources.storageClasses, undefined, claim.spec?.storageClassName ?? '')
  const waits = waitsForConsumer(claim, () => storageClass)
  const node = selectedNode(claim)
  const volume = findVolume(claim, candidates(registry, {waits, node, claim}))
  if (volume) {
    bindClaim(registry, claim, volume)
    return
  }
  if (claim.spec?.volumeName) return
  const tell = (reason: string, message: string): void =>
    recorder.event(claims, claim, {type: 'Normal', reason, message})
  if (waits && node === undefined) {
    tell('WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
    return
  }
  if (!storageClass) {
    const missing = claim.spec?.storageClassName
    if (!missing)
      tell('FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
    else {
      const message = `storageclass.storage.k8s.io "${missing}" not found`
      recorder.event(claims, claim, {type: 'Warning', reason: 'ProvisioningFailed', message})
    }
    return
  }
  await provision(binder, claim, storageClass, node)
}

/** A claim that names no class gets the default one, also when that comes later. */
function withStorageClass(registry: Registry, claim: PersistentVolumeClaim): PersistentVolumeClaim {
  if (claim.spec?.storageClassName !== undefined) return claim
  const fallback = defaultStorageClass(registry)
  if (!fallback) return claim
  const changed = registry.modify(claims, namespaceOf(claim), nameOf(claim), draft => {
    draft.spec = {...draft.spec, storageClassName: nameOf(fallback)}
  })
  return changed ?? claim
}

/** Volumes that may be bound now; for a claim that waits for a consumer those that its node reaches. */
function candidates(
  registry: Registry,
  {waits, node, claim}: {waits: boolean; node: string | undefined; claim: PersistentVolumeClaim},
): PersistentVolume[] {
  const all = registry.list(resources.persistentVolumes)
  if (!waits || claim.spec?.volumeName) return all
  if (node === undefined) return all.filter(volume => volume.spec?.claimRef?.name === nameOf(claim))
  const found = registry.get(resources.nodes, undefined, node)
  const facts = {name: node, labels: found ? labelsOf(found) : {}}
  return all.filter(volume => selectorMatches(volume.spec?.nodeAffinity?.required, facts))
}

async function provision(
  {registry, recorder, storage}: Binder,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: string | undefined,
): Promise<void> {
  if (storageClass.provisioner !== provisionerName) {
    const message =
      'Waiting for a volume to be created either by the external provisioner ' +
      `'${storageClass.provisioner}' or manually by the system administrator`
    recorder.event(claims, claim, {type: 'Normal', reason: 'ExternalProvisioning', message})
    return
  }
  const path = await storage.create(volumeName(claim), bytesOf(requestOf(claim)))
  const current = registry.get(claims, namespaceOf(claim), nameOf(claim))
  if (!current || current.metadata?.uid !== claim.metadata?.uid) {
    await storage.remove(path)
    return
  }
  const volume = createVolume(registry, current, {storageClass, path, node})
  bindClaim(registry, current, volume)
  const message = `Successfully provisioned volume ${nameOf(volume)}`
  recorder.event(claims, current, {type: 'Normal', reason: 'ProvisioningSucceeded', message})
}
