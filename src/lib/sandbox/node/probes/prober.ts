import type {Container, Pod, Probe} from 'kubernetes-types/core/v1.d.ts'
import type {Clock} from '../../controllers/clock.ts'
import type {Say} from '../events.ts'
import type {Check} from './check.ts'
import type {Target} from './target.ts'

type Kind = 'startup' | 'liveness' | 'readiness'

/** A container to be probed while it runs. */
export interface Probed {
  readonly container: Container
  readonly containerId: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

interface Loop {
  readonly kind: Kind
  readonly probe: Probe
  readonly target: Probed
  successes: number
  failures: number
  /** Undefined until the threshold was reached one way or the other. */
  result: boolean | undefined
  cancel: () => void
  isStopped: boolean
}

interface ProberOptions {
  readonly clock: Clock
  readonly check: Check
  readonly say: Say
  /** What was known of a container before this prober was there, so that a restart does not unready it. */
  readonly known: (containerId: string) => {started: boolean; ready: boolean} | undefined
  /** Something that the pod's status or plan depends on has changed. */
  readonly changed: () => void
}

const probesOf = (container: Container): [Kind, Probe | undefined][] => [
  ['startup', container.startupProbe],
  ['liveness', container.livenessProbe],
  ['readiness', container.readinessProbe],
]

const titles: Record<Kind, string> = {startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness'}

/** The probes of one pod's containers, each at its own pace. */
export class Prober {
  private readonly options: ProberOptions
  private readonly loops = new Map<string, Loop>()
  private pod: Pod | undefined
  private ip = ''

  constructor(options: ProberOptions) {
    this.options = options
  }

  /** Probes exactly these containers from now on. `isEnding` leaves only the readiness probes. */
  sync(pod: Pod, ip: string, running: readonly Probed[], isEnding: boolean): void {
    this.pod = pod
    this.ip = ip
    const wanted = new Set<string>()
    for (const target of running) {
      for (const [kind, probe] of probesOf(target.container)) {
        if (!probe || (isEnding && kind !== 'readiness')) continue
        const key = `${target.containerId}/${kind}`
        wanted.add(key)
        if (!this.loops.has(key)) this.loops.set(key, this.begin(kind, probe, target))
      }
    }
    for (const [key, loop] of this.loops) {
      if (wanted.has(key)) continue
      this.end(loop)
      this.loops.delete(key)
    }
  }

  started(containerId: string): boolean {
    const startup = this.loops.get(`${containerId}/startup`)
    return startup === undefined || startup.result === true
  }

  ready(containerId: string): boolean {
    const readiness = this.loops.get(`${containerId}/readiness`)
    return this.started(containerId) && (readiness === undefined || readiness.result === true)
  }

  /** The probe by which a container has to be restarted, if any. */
  unhealthy(containerId: string): {kind: 'startup' | 'liveness'; probe: Probe} | undefined {
    for (const kind of ['startup', 'liveness'] as const) {
      const loop = this.loops.get(`${containerId}/${kind}`)
      if (loop?.result === false) return {kind, probe: loop.probe}
    }
    return undefined
  }

  stop(): void {
    for (const loop of this.loops.values()) this.end(loop)
    this.loops.clear()
  }

  private begin(kind: Kind, probe: Probe, target: Probed): Loop {
    const loop: Loop = {
      kind,
      probe,
      target,
      successes: 0,
      failures: 0,
      result: this.knownResult(kind, target.containerId),
      cancel: () => undefined,
      isStopped: false,
    }
    this.schedule(loop, this.initialDelay(loop))
    return loop
  }

  private knownResult(kind: Kind, containerId: string): true | undefined {
    const known = this.options.known(containerId)
    const isKnown = kind === 'startup' ? known?.started : kind === 'readiness' && known?.ready
    return isKnown ? true : undefined
  }

  private initialDelay({probe, target}: Loop): number {
    const dueAt = target.startedAt + (probe.initialDelaySeconds ?? 0) * 1000
    return Math.max(0, dueAt - this.options.clock.now().getTime())
  }

  private end(loop: Loop): void {
    loop.isStopped = true
    loop.cancel()
  }

  private schedule(loop: Loop, milliseconds: number): void {
    loop.cancel = this.options.clock.after(milliseconds, () => void this.probe(loop))
  }

  private async probe(loop: Loop): Promise<void> {
    const {kind, probe, target} = loop
    const isWaiting = kind !== 'startup' && !this.started(target.containerId)
    const isOver = kind === 'startup' && loop.result === true
    if (loop.isStopped || isOver || !this.pod) return
    if (!isWaiting) await this.look(loop, {pod: this.pod, ip: this.ip, ...target})
    if (!loop.isStopped) this.schedule(loop, (probe.periodSeconds ?? 10) * 1000)
  }

  private async look(loop: Loop, target: Target): Promise<void> {
    const {kind, probe} = loop
    const {isHealthy, output} = await this.options.check(target, probe)
    if (loop.isStopped) return
    loop.successes = isHealthy ? loop.successes + 1 : 0
    loop.failures = isHealthy ? 0 : loop.failures + 1
    if (!isHealthy) {
      this.options.say('Warning', 'Unhealthy', `${titles[kind]} probe failed: ${output}`, target.container)
    }
    const isDecided = isHealthy
      ? loop.successes >= (probe.successThreshold ?? 1)
      : loop.failures >= (probe.failureThreshold ?? 3)
    if (!isDecided || loop.result === isHealthy) return
    loop.result = isHealthy
    if (kind === 'startup' && isHealthy) this.probeAgain(target.containerId)
    this.options.changed()
  }

  /** What waited for the startup probe need not wait for its own next turn. */
  private probeAgain(containerId: string): void {
    for (const kind of ['readiness', 'liveness']) {
      const loop = this.loops.get(`${containerId}/${kind}`)
      if (!loop || loop.isStopped) continue
      loop.cancel()
      this.schedule(loop, this.initialDelay(loop))
    }
  }
}
