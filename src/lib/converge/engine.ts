import {isDeepStrictEqual} from 'node:util'
import {type Desired, decide} from '../decide/decide.ts'
import type {Decision, Goal, Milestone} from '../decide/decision.ts'
import {notFoundError} from '../errors.ts'
import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster, DocumentStatus, PostgresCluster} from '../model/document.ts'
import type {Images} from '../model/images.ts'
import {mergeStatus} from '../model/merge-status.ts'
import {watchCluster} from '../observe/live.ts'
import {clusterSelector, lookAgain} from '../observe/look.ts'
import {RepositoryMemory} from '../observe/repository-memory.ts'
import {type Observed, objectsOf} from '../observe/snapshot.ts'
import type {PkiWorld} from '../pki/issue.ts'
import type {Clock, DocumentRef, Kube, KubeObject, Randomness, Store} from '../ports.ts'
import type {Facts, Owner} from '../render/facts.ts'
import type {BackupRequest} from '../render/pgbackrest-view.ts'
import type {RestoreJobRequest} from '../render/restore-view.ts'
import {Actor, type ActPorts, Applier} from './act.ts'
import {type Converged, converge} from './converge.ts'
import {writeSecrets} from './secrets.ts'

/** The world as the engine uses it. */
export interface EnginePorts {
  kube: Kube
  store: Store
  clock: Clock
  crypto: PkiWorld['crypto']
  random: Randomness
  /** The objects of a state, in waves. */
  render(document: CompleteCluster, facts: Facts): readonly (readonly KubeObject[])[]
  firstBackupJob(document: CompleteCluster, facts: Facts, attempt: number): KubeObject
  backupJob(document: CompleteCluster, facts: Facts, request: BackupRequest): KubeObject
  restoreJob(document: CompleteCluster, facts: Facts, request: RestoreJobRequest): KubeObject
  /** The images of a document; throws where none is known for its Postgres version. */
  images(document: PostgresCluster): Images
  /** Checks a stored document and gives it its type. */
  parse(stored: KubeObject, source: string): PostgresCluster
  /** One line for `-v`. */
  log(line: string): void
}

export interface EngineRequest {
  cluster: DocumentRef
  /** Without its trailing dot: `cluster.local`. */
  clusterDomain: string
  timeoutSeconds: number
  /** Aborted by Ctrl-C, or when another pgk took the lease over. */
  signal: AbortSignal
  /** False while it is not sure that the cluster is still ours alone: nothing is written then. */
  mayAct?: () => boolean
  /** The command line that goes on with what this one began. */
  resume: string
  /** How things are until then, where that is worse than before. */
  untilThen?: string | undefined
  progress: (milestones: readonly Milestone[], waiting: string | undefined) => void
}

/** How old the document may be that is worked on: anyone may edit it meanwhile. */
const rereadMilliseconds = 2_000

interface Loaded {
  document: CompleteCluster
  status: DocumentStatus
  owner: Owner
}

async function load(ports: EnginePorts, cluster: DocumentRef): Promise<Loaded> {
  const stored = await ports.store.get(cluster)
  const source = `cluster ${cluster.namespace}/${cluster.name}`
  if (stored === undefined) {
    throw notFoundError('CLUSTER_NOT_FOUND', `there is no cluster ${cluster.name}`, {
      object: `namespace ${cluster.namespace}`,
      hints: [`List what is there: pgk list -n ${cluster.namespace}`],
    })
  }
  const document = ports.parse(stored.document, source)
  const {apiVersion, kind, name, uid} = stored.owner
  return {
    document: withDefaults(document),
    status: document.status ?? {},
    owner: {apiVersion, kind, name, uid},
  }
}

/** Brings one cluster to what its document says and waits until that is true. */
export async function runEngine(ports: EnginePorts, request: EngineRequest): Promise<Converged<Observed>> {
  const {cluster} = request
  let {document, status, owner} = await load(ports, cluster)
  const startedAt = ports.clock.now()
  let loadedAt = startedAt.getTime()
  /** True when somebody has changed the document since it was read. */
  const reload = async (): Promise<boolean> => {
    const now = await load(ports, cluster)
    const changed = !isDeepStrictEqual(now.document.spec, document.spec)
    if (changed) ports.log('the document has changed; going on with the new one')
    document = now.document
    status = now.status
    owner = now.owner
    loadedAt = ports.clock.now().getTime()
    return changed
  }
  const name = {namespace: cluster.namespace, cluster: cluster.name}
  const live = watchCluster(ports.kube, {
    namespace: cluster.namespace,
    labelSelector: clusterSelector(cluster.name),
  })
  const kube: Kube = {
    ...ports.kube,
    apply: async (object, options) => {
      const written = await ports.kube.apply(object, options)
      live.wrote(written)
      return written
    },
  }
  const actPorts: ActPorts = {
    kube,
    ...name,
    log: ports.log,
    ...(request.mayAct === undefined ? {} : {mayAct: request.mayAct}),
    saveStatus: async patch => {
      await ports.store.saveStatus(cluster, patch)
      status = mergeStatus(status, patch)
    },
  }
  const memory = new RepositoryMemory()
  const applier = new Applier(actPorts)
  const actor = new Actor(actPorts)
  const desired = (): Desired => ({
    document,
    status,
    images: ports.images(document),
    clusterDomain: request.clusterDomain,
    owner,
    startedAt,
    render: facts => ports.render(document, facts),
    firstBackupJob: (facts, attempt) => ports.firstBackupJob(document, facts, attempt),
    backupJob: (facts, wanted) => ports.backupJob(document, facts, wanted),
    restoreJob: (facts, wanted) => ports.restoreJob(document, facts, wanted),
  })
  const act = async (decision: Decision, seen: Observed): Promise<boolean> => {
    // Done is what the document says now, not what it said when this began.
    if (decision.settled && (await reload())) return true
    // Nothing is known of a cluster whose objects cannot be read: nothing is written either.
    if (decision.waves.length === 0 || request.mayAct?.() === false) return false
    const existing = objectsOf(seen, 'Secret')
    const secretPorts = {...ports, namespace: cluster.namespace}
    const secrets = {document, plan: decision.pki, existing, owner, now: seen.at}
    const wroteSecrets = await writeSecrets(secretPorts, secrets)
    const applied = await applier.apply(decision.waves)
    const pruned = await applier.prune(decision.prune)
    const acted = await actor.run(decision.actions)
    return wroteSecrets || applied || pruned || acted
  }
  try {
    return await converge<Observed>(
      {
        observe: async (questions, refresh) => {
          if (ports.clock.now().getTime() - loadedAt > rereadMilliseconds) await reload()
          return lookAgain(ports, name, live, {questions, refresh, memory})
        },
        decide: seen => decide(desired(), seen),
        act,
        next: (milliseconds, signal) => live.next(milliseconds, signal),
      },
      ports.clock,
      {
        object: `cluster ${cluster.name}`,
        goal: goalOf(document),
        timeoutSeconds: request.timeoutSeconds,
        signal: request.signal,
        resume: request.resume,
        untilThen: request.untilThen,
        progress: request.progress,
      },
    )
  } finally {
    live.stop()
  }
}

const goalOf = (document: CompleteCluster): Goal => (document.spec.shutdown ? 'stopped' : 'running')
