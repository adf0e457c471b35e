import type {CompleteCluster, DocumentStatus} from '../model/document.ts'
import type {Images} from '../model/images.ts'
import {BackupReason} from '../model/labels.ts'
import {clusterNames, pgUserSecretName} from '../model/names.ts'
import type {Questions, WriteProbe} from '../observe/questions.ts'
import {leaderOf, type Observed, objectsOf} from '../observe/snapshot.ts'
import {dynamicConfiguration, sameConfiguration} from '../patroni/dynamic.ts'
import {hasRepoHost, reposOf} from '../pgbackrest/repos.ts'
import {isEmptyPlan, type PkiPlan, planPki} from '../pki/plan.ts'
import type {KubeObject} from '../ports.ts'
import type {Facts, Owner} from '../render/facts.ts'
import type {BackupRequest} from '../render/pgbackrest-view.ts'
import type {RestoreJobRequest} from '../render/restore-view.ts'
import {type BackupPlan, planBackups, replicaCreateReady} from './backups.ts'
import type {Action, Decision, Milestone} from './decision.ts'
import {
  instancesMilestone,
  leaderMilestone,
  objectsMilestone,
  replicasMilestone,
  writeMilestone,
} from './milestones.ts'
import {planRefresh} from './refresh.ts'
import {decideRestore} from './restore/decide.ts'
import {restoreJobRequest, sourceCopy} from './restore/objects.ts'
import {type RestoreOperation, restoreOf} from './restore/request.ts'
import {sourceOperation} from './restore/source.ts'
import {isHealthy, replaceStuck, rollout} from './rollout.ts'
import {decideBlind, decidePaused, decideStopped} from './standstill.ts'
import {strays} from './stray.ts'
import {factsOf, planTopology, type Topology} from './topology.ts'
import {podTroubles, stuckPod} from './trouble.ts'
import {planUsers} from './users.ts'

/** What deciding needs besides the snapshot; all of it given, nothing looked up. */
export interface Desired {
  document: CompleteCluster
  status: DocumentStatus
  images: Images
  /** Without its trailing dot: `cluster.local`. */
  clusterDomain: string
  owner: Owner | undefined
  /** When this run of pgk began to wait. */
  startedAt: Date
  /** Makes the objects of a state: `render` in real life. */
  render(facts: Facts): readonly (readonly KubeObject[])[]
  firstBackupJob(facts: Facts, attempt: number): KubeObject
  backupJob(facts: Facts, request: BackupRequest): KubeObject
  restoreJob(facts: Facts, request: RestoreJobRequest): KubeObject
}

/** How long the first backup waits for replicas before it starts without them. */
const replicaPatienceSeconds = 60

const noBackups: BackupPlan = {actions: [], milestones: [], waiting: undefined, stuck: undefined}

function writeProbe({document}: Desired, seen: Observed): WriteProbe | undefined {
  const user = document.spec.users.find(
    ({name, databases}) => name !== 'postgres' && (databases ?? []).length > 0,
  )
  const database = user?.databases?.[0]
  // From a replica where there is one: the connection then really goes through the Service.
  const leader = leaderOf(seen)
  const from = seen.instances.find(({name, pod}) => name !== leader?.name && pod?.ready) ?? leader
  if (user === undefined || database === undefined || from?.pod === undefined) return undefined
  const {primaryService} = clusterNames(seen.cluster)
  return {
    pod: from.pod.name,
    host: `${primaryService}.${seen.namespace}.svc`,
    port: document.spec.port,
    database,
    user: user.name,
    secret: pgUserSecretName(seen.cluster, user.name),
  }
}

function configure({document}: Desired, seen: Observed): Action[] {
  const leader = leaderOf(seen)?.pod
  const present = seen.config?.configuration
  // Who paused Patroni works on it by hand, and ends the pause by hand.
  const pause = present?.['pause'] === true ? {pause: true} : {}
  const configuration = {...dynamicConfiguration(document), ...pause}
  if (leader === undefined || present === undefined || sameConfiguration(present, configuration)) return []
  return [{kind: 'set-dynamic-configuration', pod: leader.name, configuration}]
}

function backupsOf(desired: Desired, seen: Observed, facts: Facts, replicas: Milestone): BackupPlan {
  const repos = reposOf(desired.document).map(({name}) => name)
  if (repos.length === 0) return noBackups
  const elapsed = (seen.at.getTime() - desired.startedAt.getTime()) / 1000
  return planBackups({
    seen,
    status: desired.status,
    repos,
    repositoryReady: !hasRepoHost(desired.document) || seen.repoHost?.ready === true,
    replicasSettled: replicas.state === 'done' || elapsed > replicaPatienceSeconds,
    startedAt: desired.startedAt,
    firstBackupJob: attempt => desired.firstBackupJob(facts, attempt),
  })
}

const pki = ({document, clusterDomain}: Desired, seen: Observed, {instances}: Topology): PkiPlan =>
  planPki({document, namespace: seen.namespace, instances, clusterDomain}, objectsOf(seen, 'Secret'), seen.at)

/**
 * Pure. What to apply, what to do, and what is waited for, given what was seen. On a cluster that is as the
 * document says, nothing is left to do.
 */
export function decide(desired: Desired, seen: Observed): Decision {
  const {document, status} = desired
  if (document.spec.paused) return decidePaused()
  const unreadable = seen.unknown.filter(({source}) => source.startsWith('kubernetes/'))
  if (unreadable.length > 0) return decideBlind(unreadable)
  const restore = restoreOf(status)
  if (restore !== undefined) return decideInRestore(desired, seen, restore)
  const {instances} = planTopology(document, status, seen)
  const clone = sourceOperation({document, status, seen, owner: desired.owner, instances})
  if (clone === undefined) return decideState(desired, seen)
  const begun = {...desired, status: {...status, operation: {...clone, request: {...clone.request}}}}
  return decideInRestore(begun, seen, clone)
}

/** What the backup after a restore would let expire may be what takes the restore back. */
const keepOld = ['--no-expire-auto']

function decideInRestore(desired: Desired, seen: Observed, operation: RestoreOperation): Decision {
  const {document, status} = desired
  const repos = reposOf(document).map(({name}) => name)
  const topology = planTopology(document, status, seen)
  const facts = factsOf({...desired, seen, topology, replicaCreateReady: replicaCreateReady(status, repos)})
  const {repo} = operation.request
  const certificates = pki(desired, seen, topology)
  return decideRestore({
    seen,
    operation,
    postgresVersion: document.spec.postgresVersion,
    waves: desired.render(facts),
    pki: isEmptyPlan(certificates) ? undefined : certificates,
    startedAt: desired.startedAt,
    restoreJob: mode => desired.restoreJob(facts, restoreJobRequest(document, operation, mode)),
    backupJob: (name, type) =>
      desired.backupJob(facts, {name, repo, type, reason: BackupReason.manual, options: keepOld}),
    copySource: source => sourceCopy(document, facts, source),
    running: () => decideState(desired, seen),
  })
}

function decideState(desired: Desired, seen: Observed): Decision {
  const {document, status} = desired
  const repos = reposOf(document).map(({name}) => name)
  const topology = planTopology(document, status, seen)
  const ready = replicaCreateReady(status, repos)
  const facts = factsOf({...desired, seen, topology, replicaCreateReady: ready})
  const waves = desired.render(facts)
  if (document.spec.shutdown && topology.instances.every(({running}) => !running)) {
    return decideStopped(seen, topology, waves)
  }
  const objects = objectsMilestone(topology, seen)
  const leader = leaderMilestone(seen)
  const replicas = replicasMilestone(topology, seen)
  const users = planUsers(document, status, seen)
  const backups = backupsOf(desired, seen, facts, replicas)
  const configured = configure(desired, seen)
  const rolling = configured.length > 0 || topology.prune.length > 0 ? undefined : rollout(seen)
  const leads = leader.state === 'done'
  // Last, since the first backup changes what replicas are made from.
  const quiet = [users.actions, configured, backups.actions, rolling?.actions ?? []].every(
    ({length}) => length === 0,
  )
  // A repository that is added to a running cluster is known to nobody who has not read it yet.
  const adding = ready && backups.actions.some(({kind}) => kind === 'create-stanza')
  const refreshed =
    adding || (quiet && backups.milestones.every(({state}) => state === 'done'))
      ? planRefresh(seen, waves.flat(), repos.length > 0)
      : []
  const forBackups =
    adding && refreshed.length > 0
      ? backups.actions.filter(({kind}) => kind !== 'create-stanza')
      : backups.actions
  const actions = leads
    ? [
        ...topology.actions,
        ...users.actions,
        ...configured,
        ...forBackups,
        ...(rolling?.actions ?? []),
        ...refreshed,
      ]
    : [
        ...topology.actions.filter(({kind}) => kind === 'record'),
        ...(seen.leadership.state === 'held' ? [] : replaceStuck(seen)),
      ]
  const before: Milestone[] = [objects, leader, users.milestone, replicas, ...backups.milestones]
  const updated = instancesMilestone(rolling, seen)
  if (updated) before.push(updated)
  const busy = topology.waiting ?? users.waiting ?? backups.waiting ?? rolling?.waiting
  const served = before.every(({state}) => state === 'done') && actions.length === 0 && busy === undefined
  const probe = served ? writeProbe(desired, seen) : undefined
  const write = writeMilestone(served, probe, seen)
  const milestones = [...before, write]
  const questions: Questions = {sql: leads, backups: leads && repos.length > 0, disks: false, write: probe}
  const elapsed = (seen.at.getTime() - desired.startedAt.getTime()) / 1000
  const open = milestones.find(({state}) => state !== 'done')
  const plan = pki(desired, seen, topology)
  return {
    pki: isEmptyPlan(plan) ? undefined : plan,
    waves,
    prune: [...topology.prune, ...strays(seen, waves, new Set(seen.instances.map(({set}) => set)))],
    actions,
    milestones,
    waiting:
      podTroubles(seen) ??
      busy ??
      (open && `${open.title.toLowerCase()}${open.detail === undefined ? '' : `: ${open.detail}`}`),
    questions,
    stuck: backups.stuck ?? stuckPod(seen, elapsed),
    settled: served && isEmptyPlan(plan) && write.state === 'done' && healthy(topology, seen),
  }
}

const healthy = (topology: Topology, seen: Observed): boolean =>
  topology.instances.every(({name}) => {
    const instance = seen.instances.find(candidate => candidate.name === name)
    return instance !== undefined && isHealthy(seen, instance)
  })
