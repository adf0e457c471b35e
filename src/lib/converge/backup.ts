import {attachable, type BackupOrder, decideBackup, podOfJob, setOfJob} from '../decide/backup-run.ts'
import type {Milestone} from '../decide/decision.ts'
import {factsOf, planTopology} from '../decide/topology.ts'
import {failedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {watchCluster} from '../observe/live.ts'
import {clusterSelector, lookAgain} from '../observe/look.ts'
import {noQuestions, type Questions} from '../observe/questions.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {BackupSet} from '../pgbackrest/backup-set.ts'
import {type BackupProgress, infoCommand, parseInfo} from '../pgbackrest/info.ts'
import {hasRepoHost} from '../pgbackrest/repos.ts'
import type {DocumentRef, KubeObject} from '../ports.ts'
import type {Owner} from '../render/facts.ts'
import type {BackupRequest} from '../render/pgbackrest-view.ts'
import {Actor} from './act.ts'
import {converge} from './converge.ts'
import type {EnginePorts} from './engine.ts'

export interface BackupRunRequest {
  cluster: DocumentRef
  document: CompleteCluster
  owner: Owner
  clusterDomain: string
  order: BackupOrder
  job: BackupRequest
  /** `started` only sees to it that the Job is there. */
  until: 'done' | 'started'
  timeoutSeconds: number
  signal: AbortSignal
  resume: string
  formatBytes(count: number): string
  /** Called when a Job of the same kind was found running, before it is followed. */
  attached(job: string): void
  progress: (milestones: readonly Milestone[], waiting: string | undefined) => void
}

export interface BackupResult {
  /** Undefined where nobody waited for it. */
  set: BackupSet | undefined
  job: string
}

/**
 * How often a backup that copies is asked how far it is: each question is a pgBackRest process that takes
 * processor time from the copying. Its end is told by the watch.
 */
const copyingPauseMilliseconds = 2_000

/** Bytes a second since the first byte was seen copied. */
class Speed {
  #first: {at: number; bytes: number} | undefined

  note(at: Date, progress: BackupProgress | undefined): number | undefined {
    const bytes = progress?.doneBytes
    if (bytes === undefined) return undefined
    this.#first ??= {at: at.getTime(), bytes}
    const seconds = (at.getTime() - this.#first.at) / 1000
    return seconds < 1 ? undefined : (bytes - this.#first.bytes) / seconds
  }
}

/** Without a repository host only the Job's own pod sees how far it is. */
async function askJob(
  ports: EnginePorts,
  namespace: string,
  pod: string,
): Promise<BackupProgress | undefined> {
  const command = infoCommand()
  try {
    const result = await ports.kube.exec({
      namespace,
      pod,
      container: 'pgbackrest',
      command,
      timeoutSeconds: 8,
    })
    return result.exitCode === 0 ? parseInfo(result.stdout).running : undefined
  } catch {
    // It has just ended: how it ended is seen in the next snapshot.
    return undefined
  }
}

/** The Job that makes one backup, as the cluster is now. */
export function jobOf(
  ports: Pick<EnginePorts, 'images' | 'backupJob'>,
  request: Pick<BackupRunRequest, 'document' | 'owner' | 'clusterDomain' | 'job'>,
  seen: Observed,
): KubeObject {
  const {document, owner, clusterDomain} = request
  const topology = planTopology(document, document.status ?? {}, seen)
  const images = ports.images(document)
  const facts = factsOf({seen, topology, images, clusterDomain, owner, replicaCreateReady: true})
  return ports.backupJob(document, facts, request.job)
}

/** Starts a backup, or takes up one of the same kind that runs, and follows it to its set in the repository. */
export async function runBackup(ports: EnginePorts, request: BackupRunRequest): Promise<BackupResult> {
  const {cluster, document, order} = request
  const name = {namespace: cluster.namespace, cluster: cluster.name}
  const needsRepoHost = hasRepoHost(document)
  const live = watchCluster(ports.kube, {
    namespace: name.namespace,
    labelSelector: clusterSelector(name.cluster),
  })
  const actor = new Actor({kube: ports.kube, ...name, saveStatus: async () => undefined, log: ports.log})
  const speed = new Speed()
  let job: KubeObject | undefined
  let following: string | undefined
  let shown = false
  let progress: BackupProgress | undefined
  let running = false

  const observe = async (questions: Questions, refresh: boolean): Promise<Observed> => {
    const seen = await lookAgain(ports, name, live, {
      questions: job === undefined ? noQuestions : questions,
      refresh,
    })
    shown ||= seen.jobs.some(one => one.name === following)
    running = seen.jobs.some(one => one.name === following && one.state === 'active')
    const pod = following === undefined ? undefined : podOfJob(seen, following)?.metadata.name
    const told = seen.answers.backups?.known ? seen.answers.backups.value.running : undefined
    if (!running) progress = undefined
    else progress = needsRepoHost || pod === undefined ? told : await askJob(ports, name.namespace, pod)
    return seen
  }
  const decide = (seen: Observed) => {
    job ??= jobOf(ports, request, seen)
    if (following === undefined) {
      following = attachable(seen, order)?.name
      if (following !== undefined) request.attached(following)
    }
    const bytesPerSecond = speed.note(seen.at, progress)
    const {formatBytes} = request
    const run = {seen, order, needsRepoHost, job, following, shown, progress, bytesPerSecond, formatBytes}
    const decision = decideBackup(run)
    return request.until === 'started' && shown ? {...decision, settled: true, stuck: undefined} : decision
  }
  try {
    const {snapshot} = await converge<Observed>(
      {
        observe,
        decide,
        act: async decision => {
          const acted = await actor.run(decision.actions)
          if (acted) following = job?.metadata.name
          return acted
        },
        next: (milliseconds, signal) =>
          live.next(running ? Math.max(milliseconds, copyingPauseMilliseconds) : milliseconds, signal),
      },
      ports.clock,
      {object: `cluster ${cluster.name}`, goal: 'running', ...request},
    )
    const made = following ?? ''
    const set = setOfJob(snapshot, made)
    if (set || request.until === 'started') return {set, job: made}
    throw failedError('BACKUP_NOT_SHOWN', 'the repository does not show the backup', {object: `Job ${made}`})
  } finally {
    live.stop()
  }
}
