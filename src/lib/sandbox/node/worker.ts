import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {graceSecondsOf} from './containers.ts'
import type {NodeContext} from './context.ts'
import {isUnavailable} from './cri/channel.ts'
import {PodLife} from './pod-life.ts'
import type {ContainerRecord, SandboxRecord} from './runtime.ts'

const retryAfter = 1000
const retryUnavailable = 200

/** What the runtime already holds of a pod when its worker starts. */
export interface Holdings {
  readonly sandboxes: readonly SandboxRecord[]
  readonly containers: readonly ContainerRecord[]
}

/**
 * Cares for one pod from its binding to its removal: one step at a time, each from what is seen then.
 * Everything that might matter wakes it.
 */
export class PodWorker {
  readonly life: PodLife
  private readonly context: NodeContext
  private isAwake = true
  private isStopped = false
  private rouse: () => void = () => undefined
  private cancelTimer: () => void = () => undefined

  constructor(context: NodeContext, pod: Pod, holdings: Holdings) {
    this.context = context
    this.life = new PodLife(context, pod, holdings, () => this.wake())
  }

  get pod(): Pod {
    return this.life.pod
  }

  /** The pod's object has changed. */
  update(pod: Pod): void {
    this.life.update(pod)
    if (pod.metadata?.deletionTimestamp) this.life.stopper.hurry(graceSecondsOf(pod))
    this.wake()
  }

  /** The pod's object is gone: whoever removed it did not wait for its containers. */
  remove(): void {
    this.life.remove()
    this.wake()
  }

  /** One of its containers, or its sandbox, has ended. */
  async ended(id: string): Promise<void> {
    this.life.stopper.ended(id)
    const pause = (milliseconds: number) =>
      new Promise<void>(resolve => this.context.clock.after(milliseconds, resolve))
    await this.life.records.refreshEnded(id, pause)
    this.wake()
  }

  wake(): void {
    this.isAwake = true
    this.rouse()
  }

  /** Leaves the pod as it is. */
  stop(): void {
    this.isStopped = true
    this.life.prober.stop()
    this.wake()
  }

  /** Resolves when the pod is gone, or the worker was stopped. */
  async run(): Promise<void> {
    while (!this.isStopped && !this.life.isGone) {
      this.isAwake = false
      const wait = await this.step()
      if (this.isStopped || this.life.isGone) break
      await this.sleep(wait)
    }
    this.cancelTimer()
    this.life.prober.stop()
  }

  private async step(): Promise<number | undefined> {
    try {
      return await this.life.step()
    } catch (error) {
      if (isUnavailable(error)) return retryUnavailable
      this.context.onError(`pod ${this.pod.metadata?.namespace}/${this.pod.metadata?.name}`, error)
      return retryAfter
    }
  }

  private async sleep(milliseconds: number | undefined): Promise<void> {
    if (this.isAwake) return
    const woken = new Promise<void>(resolve => {
      this.rouse = resolve
    })
    this.cancelTimer()
    if (milliseconds !== undefined)
      this.cancelTimer = this.context.clock.after(milliseconds, () => this.rouse())
    await woken
  }
}
