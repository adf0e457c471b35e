import type {Milestone} from '../decide/decision.ts'
import {type DrillEnd, decideDrill, drillEnd} from '../decide/restore/drill.ts'
import {factsOf, planTopology} from '../decide/topology.ts'
import {failedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {text} from '../observe/fields.ts'
import {watchCluster} from '../observe/live.ts'
import {clusterSelector, lookAgain} from '../observe/look.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {DocumentRef} from '../ports.ts'
import type {Owner} from '../render/facts.ts'
import {Actor, type ActPorts, Applier} from './act.ts'
import {converge} from './converge.ts'
import type {EnginePorts} from './engine.ts'

export interface DrillRequest {
  cluster: DocumentRef
  document: CompleteCluster
  owner: Owner
  clusterDomain: string
  id: string
  /** Of the set that is restored. */
  repo: string
  label: string
  /** What must have been recovered at least. */
  lsn: string | undefined
  /** Options of `pgbackrest restore`. */
  options: readonly string[]
  sql: string | undefined
  /** Where the reader's own SQL runs. */
  database: string
  timeoutSeconds: number
  signal: AbortSignal
  resume: string
  progress: (milestones: readonly Milestone[], waiting: string | undefined) => void
}

/**
 * Restores a backup into a scratch volume, checks it, and removes both. Killed at any point, the Job ends by
 * itself and goes with its volume a minute later.
 */
export async function runDrill(ports: EnginePorts, request: DrillRequest): Promise<DrillEnd> {
  const {cluster, document, owner, clusterDomain, id, options, lsn, database} = request
  const name = `${cluster.name}-drill-${id}`
  const [set] = document.spec.instances
  if (set === undefined) throw failedError('NO_INSTANCES', 'the cluster has no instance sets')
  const place = {namespace: cluster.namespace, cluster: cluster.name}
  const images = ports.images(document)
  const actPorts: ActPorts = {
    kube: ports.kube,
    ...place,
    log: ports.log,
    saveStatus: async () => undefined,
  }
  const [applier, actor] = [new Applier(actPorts), new Actor(actPorts)]
  const live = watchCluster(ports.kube, {
    namespace: cluster.namespace,
    labelSelector: clusterSelector(cluster.name),
  })
  const job = (seen: Observed) => {
    const topology = planTopology(document, document.status ?? {}, seen)
    const facts = factsOf({seen, topology, images, clusterDomain, owner, replicaCreateReady: true})
    const drill = {name, lsn, database}
    return ports.restoreJob(document, facts, {
      id,
      mode: 'drill',
      instance: name,
      set: set.name,
      options,
      drill,
    })
  }
  const input = (seen: Observed) => ({name, document, set: set.name, sql: request.sql, job: () => job(seen)})
  const ref = {apiVersion: 'batch/v1', kind: 'Job', name, namespace: cluster.namespace}
  try {
    const {snapshot} = await converge<Observed>(
      {
        observe: (questions, refresh) => lookAgain(ports, place, live, {questions, refresh}),
        decide: seen => decideDrill(input(seen), seen),
        act: async decision => {
          const acted = await actor.run(decision.actions)
          const applied = await applier.apply(decision.waves)
          return acted || applied
        },
        next: (milliseconds, signal) => live.next(milliseconds, signal),
      },
      ports.clock,
      {
        object: `cluster ${cluster.name}`,
        goal: 'running',
        timeoutSeconds: request.timeoutSeconds,
        signal: request.signal,
        resume: request.resume,
        progress: request.progress,
      },
    )
    return drillEnd(snapshot, name) ?? {result: undefined, words: 'its Job is gone'}
  } finally {
    live.stop()
    await ports.kube.delete(ref, {propagation: 'Background'})
  }
}

/** Writes down what a drill came to, and when one was last passed. */
export async function rememberDrill(
  {store}: Pick<EnginePorts, 'store'>,
  ref: DocumentRef,
  drill: {repo: string; label: string; at: string; passed: boolean; recoverySeconds: number | undefined},
): Promise<void> {
  if ((await store.get(ref)) === undefined) return
  const {recoverySeconds, ...rest} = drill
  await store.saveStatus(ref, status => {
    const lastPassedAt = drill.passed ? drill.at : text(status, 'drill', 'lastPassedAt')
    const found = {
      ...rest,
      ...(recoverySeconds === undefined ? {} : {recoverySeconds}),
      ...(lastPassedAt === undefined ? {} : {lastPassedAt}),
    }
    return {drill: found}
  })
}
