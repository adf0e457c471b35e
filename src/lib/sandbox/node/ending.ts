import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {StatusError} from '../registry.ts'
import {pods} from '../resources.ts'
import {removeCgroup} from './cgroups.ts'
import {graceSecondsOf} from './containers.ts'
import type {NodeContext} from './context.ts'
import type {PodRecords} from './pod-records.ts'
import {logsOf} from './sandbox-config.ts'
import type {SandboxMaker} from './sandbox-maker.ts'
import type {Stopper} from './stopper.ts'
import {type PodVolumes, removeFolder} from './volumes/volumes.ts'

/** The pod that ends, as it is seen at each moment of its end. */
export interface Ending {
  pod(): Pod
  /** Its object is gone already. */
  isRemoved(): boolean
  report(isFinal: boolean): Promise<void>
}

interface Means {
  readonly context: NodeContext
  readonly records: PodRecords
  readonly stopper: Stopper
  readonly maker: SandboxMaker
  readonly volumes: PodVolumes
}

/**
 * Ends a pod: its containers, its sandbox and, where the API wants it gone, its object and files. Gives
 * whether nothing is left; a pod that just finished keeps its logs and ended containers until it is deleted.
 */
export async function endPod(ending: Ending, means: Means): Promise<boolean> {
  const {context, stopper, maker, volumes} = means
  const {pod, isRemoved} = ending
  await ending.report(false)
  // A pod removed by force still gets the grace its own specification gives it.
  const grace = isRemoved() ? (pod().spec?.terminationGracePeriodSeconds ?? 30) : graceSecondsOf(pod())
  await maker.unmake(stopper, pod(), grace)
  await ending.report(true)
  const isLeaving = isRemoved() || pod().metadata?.deletionTimestamp !== undefined
  if (!isLeaving) {
    await volumes.tearDown()
    return false
  }
  if (!isRemoved()) removeObject(context, pod())
  await maker.removeAll()
  await volumes.tearDown()
  await removeTraces(context, pod())
  return true
}

function removeObject({registry}: NodeContext, pod: Pod): void {
  const {name = '', namespace, uid} = pod.metadata ?? {}
  try {
    registry.delete(pods, namespace, name, {gracePeriodSeconds: 0, ...(uid === undefined ? {} : {uid})})
  } catch (error) {
    // Gone already, or another pod has taken its name.
    if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error
  }
}

async function removeTraces({folders, cgroupRoot}: NodeContext, pod: Pod): Promise<void> {
  const uid = pod.metadata?.uid ?? ''
  await removeFolder(folders.pod(uid))
  await removeFolder(logsOf(folders, pod))
  await removeCgroup(cgroupRoot, uid)
}
