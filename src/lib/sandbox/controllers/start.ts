import type {Registry} from '../registry.ts'
import {storageClasses} from '../resources.ts'
import type {Clock} from './clock.ts'
import type {ControllerContext, Stop} from './controller.ts'
import {startCronJobs} from './cronjobs/controller.ts'
import {startDaemonSets} from './daemonset/controller.ts'
import {startDeployments} from './deployment/controller.ts'
import {startReplicaSets} from './deployment/replicaset.ts'
import {startDisruption} from './disruption/controller.ts'
import {startEndpoints} from './endpoints/endpoints.ts'
import {startMirroring} from './endpoints/mirror.ts'
import {startEndpointSlices} from './endpoints/slices.ts'
import {startEventExpiry} from './events/expiry.ts'
import {startGarbageCollector} from './garbage/collector.ts'
import {startJobs} from './jobs/controller.ts'
import {startJobTtl} from './jobs/ttl.ts'
import {startServiceAccounts} from './namespaces/accounts.ts'
import {startNamespaceLifecycle} from './namespaces/lifecycle.ts'
import {startRootCertificate} from './namespaces/rootca.ts'
import {startTaintEviction} from './nodes/eviction.ts'
import {startNodeMonitor} from './nodes/monitor.ts'
import {startPodCollector} from './nodes/podgc.ts'
import {startNodeTaints} from './nodes/taints.ts'
import {startResourceQuotas} from './quotas/controller.ts'
import type {EventRecorder} from './recorder.ts'
import {createRecorder} from './recorder.ts'
import {startScheduler} from './scheduler/controller.ts'
import {startStatefulSets} from './statefulset/controller.ts'
import {startClaims} from './volumes/claims.ts'
import type {BindingMode} from './volumes/provision.ts'
import {standardClass} from './volumes/provision.ts'
import type {VolumeStorage} from './volumes/storage.ts'
import {startVolumes} from './volumes/volumes.ts'

export interface ControllersOptions {
  registry: Registry
  /** As the scheduler names itself; the other registry where none is given. */
  schedulerRegistry?: Registry
  clock: Clock
  /** Gives the event recorder of one component; by default events are stored in the registry. */
  recorder?: (component: string) => EventRecorder
  options: {
    /** PEM of the certificate authority that pods trust the API server by. */
    caCertificate: string
    /** Where provisioned volumes live: `directoryStorage(root)`. */
    storage: VolumeStorage
    /** Of the class `standard`; default `WaitForFirstConsumer`. */
    bindingMode?: BindingMode
    /** Hears of failed syncs, all of which are tried again. */
    onError?: (controller: string, key: string, error: unknown) => void
  }
}

/** Starts every controller and the scheduler over one registry. Stop before the registry closes. */
export function startControllers({
  registry,
  schedulerRegistry = registry,
  clock,
  recorder,
  options,
}: ControllersOptions): {stop: Stop} {
  const {caCertificate, storage, bindingMode = 'WaitForFirstConsumer', onError = () => {}} = options
  const context: ControllerContext = {
    registry,
    clock,
    recorder: recorder ?? (component => createRecorder({registry, clock, component})),
    onError,
  }
  if (!registry.get(storageClasses, undefined, 'standard')) {
    registry.create(storageClasses, standardClass(bindingMode))
  }
  const stops: Stop[] = [
    startServiceAccounts(context),
    startRootCertificate(context, caCertificate),
    startNamespaceLifecycle(context),
    startStatefulSets(context),
    startDeployments(context),
    startReplicaSets(context),
    startDaemonSets(context),
    startJobs(context),
    startJobTtl(context),
    startCronJobs(context),
    startClaims(context, storage),
    startVolumes(context, storage),
    startEndpoints(context),
    startEndpointSlices(context),
    startMirroring(context),
    startDisruption(context),
    startResourceQuotas(context),
    startGarbageCollector(context),
    startEventExpiry(context),
    startNodeMonitor(context),
    startNodeTaints(context),
    startTaintEviction(context),
    startPodCollector(context),
    startScheduler({...context, registry: schedulerRegistry}),
  ]
  return {
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}
