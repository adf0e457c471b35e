import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {millisecondsOf} from '../controllers/clock.ts'
import {pods} from '../resources.ts'
import {containerNamed} from './containers.ts'
import type {NodeContext} from './context.ts'
import {type Ending, endPod} from './ending.ts'
import {type Say, sayAbout} from './events.ts'
import {readLastWords} from './last-words.ts'
import {type Plan, planPod} from './plan.ts'
import {PodRecords} from './pod-records.ts'
import {checker} from './probes/check.ts'
import {Prober} from './probes/prober.ts'
import type {ContainerRecord, SandboxRecord} from './runtime.ts'
import {logsOf} from './sandbox-config.ts'
import {SandboxMaker} from './sandbox-maker.ts'
import {factsOf, Starter} from './starter.ts'
import type {Waiting} from './status/containers.ts'
import {type FullPodStatus, podStatus} from './status/status.ts'
import {Stopper} from './stopper.ts'
import {PodVolumes, VolumesNotReady} from './volumes/volumes.ts'

const refreshEvery = 60_000
const firstVolumeRetry = 500
const lastVolumeRetry = 122_000

/** One pod's state on its node, and the next step from there. */
export class PodLife {
  pod: Pod
  private isRemoved = false
  isGone = false
  readonly records: PodRecords
  readonly stopper: Stopper
  readonly prober: Prober
  readonly volumes: PodVolumes
  private readonly context: NodeContext
  private readonly say: Say
  private readonly starter: Starter
  private readonly maker: SandboxMaker
  private readonly waiting = new Map<string, Waiting>()
  private readonly lastWords = new Map<string, string>()
  private failure: {reason: string; message: string} | undefined
  private volumesDueAt = 0
  private volumeRetry = firstVolumeRetry
  private isEnded = false

  constructor(
    context: NodeContext,
    pod: Pod,
    holdings: {sandboxes: readonly SandboxRecord[]; containers: readonly ContainerRecord[]},
    changed: () => void,
  ) {
    this.context = context
    this.pod = pod
    this.say = sayAbout(context.recorder, () => this.pod)
    this.records = new PodRecords(context.runtime, holdings.sandboxes, holdings.containers)
    const now = () => context.clock.now()
    const {registry, issueToken} = context
    this.volumes = new PodVolumes({registry, issueToken, now}, context.folders.pod(pod.metadata?.uid ?? ''))
    this.stopper = new Stopper(context, this.records, this.say)
    this.maker = new SandboxMaker(context, this.records, this.say)
    const {records, volumes, say} = this
    this.starter = new Starter({context, records, volumes, say})
    const known = knownStatuses(pod)
    this.prober = new Prober({
      clock: context.clock,
      check: checker(context.runtime),
      known: id => known.get(id),
      say,
      changed,
    })
  }

  update(pod: Pod): void {
    const {labels, annotations} = this.pod.metadata ?? {}
    const before = JSON.stringify([labels, annotations])
    const after = JSON.stringify([pod.metadata?.labels, pod.metadata?.annotations])
    // What a person touches is looked after at once, volumes included.
    if (before !== after) this.volumesDueAt = 0
    this.pod = pod
    if (this.isLeaving) this.starter.interrupt()
  }

  /** The pod's object is gone. */
  remove(): void {
    this.isRemoved = true
    this.starter.interrupt()
  }

  /** A Secret or ConfigMap of the namespace appeared or changed, for which the pod may be waiting. */
  sourcesChanged(): boolean {
    const isWaiting = this.volumes.mounted.size < (this.pod.spec?.volumes ?? []).length
    if (isWaiting) this.volumesDueAt = 0
    return isWaiting || this.waiting.size > 0
  }

  /** Does what is to do now. Gives in how many milliseconds to look again, if at all. */
  async step(): Promise<number | undefined> {
    if (this.isEnded && !this.isLeaving) return undefined
    await this.readLastWords()
    this.probe()
    this.checkDeadline()
    const phase = this.pod.status?.phase
    const isOver = phase === 'Succeeded' || phase === 'Failed'
    if (this.isLeaving || this.failure || isOver) return this.end()
    this.report(false)
    const volumesWait = await this.syncVolumes()
    if (volumesWait !== undefined) return volumesWait
    const plan = this.plan()
    return plan.isDone ? this.end() : this.follow(plan)
  }

  private get isLeaving(): boolean {
    return this.isRemoved || this.pod.metadata?.deletionTimestamp !== undefined
  }

  private plan(): Plan {
    return planPod({
      pod: this.pod,
      sandboxes: this.records.sandboxes,
      containers: this.records.containers,
      started: id => this.prober.started(id),
      unhealthy: id => {
        const name = this.records.containers.find(each => each.id === id)?.name
        const kind = this.prober.unhealthy(id)?.kind
        return kind && `Container ${name} failed ${kind} probe, will be restarted`
      },
    })
  }

  private async follow(plan: Plan): Promise<number | undefined> {
    if (plan.stopPod) {
      this.say('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
      await this.stopEverything()
      this.report(false)
    }
    if (plan.newSandbox !== undefined && !this.isLeaving) {
      await this.maker.make(this.pod, plan.newSandbox)
      this.report(false)
    }
    await Promise.all(
      plan.stop.map(({record, message}) => {
        const grace = this.prober.unhealthy(record.id)?.probe.terminationGracePeriodSeconds
        const seconds = grace ?? this.pod.spec?.terminationGracePeriodSeconds ?? 30
        return this.stopper.stop(this.pod, record, seconds, message)
      }),
    )
    const wait = await this.startAll(plan)
    this.probe()
    await this.readLastWords()
    this.report(false)
    const hasActed = plan.stopPod || plan.newSandbox !== undefined || plan.stop.length > 0
    if (hasActed || wait === 0) return 0
    return Math.min(wait ?? Number.POSITIVE_INFINITY, this.nextLook())
  }

  /** Gives 0 when something was started, else how long the first of those that wait has to. */
  private async startAll(plan: Plan): Promise<number | undefined> {
    let wait: number | undefined
    for (const container of plan.start) {
      const [sandbox] = this.records.sandboxes
      if (this.isLeaving || !sandbox?.ready) return wait
      const config = this.maker.configOf(this.pod, sandbox.attempt)
      const failed = await this.starter.start(this.pod, container, sandbox, config)
      if (failed) this.waiting.set(container.name, failed.waiting)
      else this.waiting.delete(container.name)
      wait = Math.min(wait ?? Number.POSITIVE_INFINITY, failed?.retryIn ?? 0)
      this.probe()
      this.report(false)
    }
    return wait
  }

  private async syncVolumes(): Promise<number | undefined> {
    const now = this.context.clock.now().getTime()
    if (now < this.volumesDueAt) return undefined
    const facts = factsOf(this.context, this.records.sandboxes[0]?.ip ?? this.pod.status?.podIP)
    const isFirst = this.volumes.mounted.size < (this.pod.spec?.volumes ?? []).length
    try {
      await this.volumes.sync(this.pod, facts)
    } catch (error) {
      if (!(error instanceof VolumesNotReady)) throw error
      for (const {volume, message} of error.failures) {
        this.say('Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${message}`)
      }
      const wait = this.volumeRetry
      this.volumeRetry = Math.min(wait * 2, lastVolumeRetry)
      this.volumesDueAt = now + wait
      // What was mounted before stays usable with its old content.
      return isFirst ? wait : undefined
    }
    this.volumeRetry = firstVolumeRetry
    this.volumesDueAt = Math.min(now + refreshEvery, this.volumes.nextRefresh() ?? Number.POSITIVE_INFINITY)
    return undefined
  }

  private nextLook(): number {
    const now = this.context.clock.now().getTime()
    return Math.max(0, Math.min(this.volumesDueAt, this.deadline() ?? Number.POSITIVE_INFINITY) - now)
  }

  private deadline(): number | undefined {
    const seconds = this.pod.spec?.activeDeadlineSeconds
    const startedAt = millisecondsOf(this.pod.status?.startTime)
    return seconds === undefined || startedAt === undefined ? undefined : startedAt + seconds * 1000
  }

  private checkDeadline(): void {
    const deadline = this.deadline()
    if (deadline === undefined || this.context.clock.now().getTime() < deadline) return
    const message = 'Pod was active on the node longer than the specified deadline'
    this.failure = {reason: 'DeadlineExceeded', message}
  }

  private probe(): void {
    const [sandbox] = this.records.sandboxes
    const running = this.records.running.flatMap(({id, name, startedAt}) => {
      const container = containerNamed(this.pod, name)
      return container ? [{container, containerId: id, startedAt: startedAt ?? 0}] : []
    })
    const ip = sandbox?.ip ?? this.context.node.ip
    this.prober.sync(this.pod, ip, running, this.isLeaving)
  }

  private async readLastWords(): Promise<void> {
    for (const record of this.records.containers) {
      if (record.state !== 'exited' || this.lastWords.has(record.id)) continue
      this.lastWords.set(
        record.id,
        await readLastWords(this.pod, record, logsOf(this.context.folders, this.pod)),
      )
    }
  }

  private stopEverything(): Promise<void> {
    return this.maker.unmake(this.stopper, this.pod, this.pod.spec?.terminationGracePeriodSeconds ?? 30)
  }

  private async end(): Promise<undefined> {
    this.probe()
    const ending: Ending = {
      pod: () => this.pod,
      isRemoved: () => this.isRemoved,
      report: async isFinal => {
        await this.readLastWords()
        this.report(isFinal)
      },
    }
    const {context, records, stopper, maker, volumes} = this
    this.isGone = await endPod(ending, {context, records, stopper, maker, volumes})
    this.isEnded = true
    return undefined
  }

  private statusNow(pod: Pod, isFinal: boolean): FullPodStatus {
    return podStatus(pod, {
      containers: this.records.containers,
      sandbox: this.records.sandboxes[0],
      hostIp: this.context.node.ip,
      failure: this.failure,
      now: this.context.clock.now(),
      isFinal,
      waiting: name => this.waiting.get(name),
      ready: id => this.prober.ready(id),
      started: id => this.prober.started(id),
      lastWords: id => this.lastWords.get(id) ?? '',
    })
  }

  private report(isFinal: boolean): void {
    if (this.isRemoved) return
    const {name = '', namespace, uid} = this.pod.metadata ?? {}
    const written = this.context.registry.modify(
      pods,
      namespace,
      name,
      draft => {
        if (draft.metadata?.uid === uid) Object.assign(draft, {status: this.statusNow(draft, isFinal)})
      },
      'status',
    )
    if (written && written.metadata?.uid === uid) this.update(written)
  }
}

/** What the API knows of containers, by the runtime's identifier. */
function knownStatuses(pod: Pod): Map<string, {started: boolean; ready: boolean}> {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  return new Map(
    statuses.map(({containerID = '', started = false, ready}) => [
      containerID.replace('containerd://', ''),
      {started, ready},
    ]),
  )
}
