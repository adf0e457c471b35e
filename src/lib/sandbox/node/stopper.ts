import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import {containerNamed} from './containers.ts'
import type {NodeContext} from './context.ts'
import {detailsOf} from './cri/channel.ts'
import type {Say} from './events.ts'
import {runHook} from './hooks.ts'
import type {PodRecords} from './pod-records.ts'
import type {ContainerRecord} from './runtime.ts'

/** Even a forced end leaves a container this long to end by itself. */
const leastSeconds = 2

/** Stops the containers of one pod. */
export class Stopper {
  private readonly context: NodeContext
  private readonly records: PodRecords
  private readonly say: Say
  /** Until when each container that is being stopped may run, in milliseconds since the epoch. */
  private readonly stopping = new Map<string, number>()
  private readonly ends = new Map<string, () => void>()

  constructor(context: NodeContext, records: PodRecords, say: Say) {
    this.context = context
    this.records = records
    this.say = say
  }

  /** Runs the `preStop` hook, sends the stop signal, and kills what still runs after the grace period. */
  async stop(pod: Pod, record: ContainerRecord, graceSeconds: number, message?: string): Promise<void> {
    const {clock, runtime} = this.context
    const container = containerNamed(pod, record.name)
    const grace = Math.max(graceSeconds, leastSeconds)
    const deadline = clock.now().getTime() + grace * 1000
    this.stopping.set(record.id, deadline)
    this.say('Normal', 'Killing', message ?? `Stopping container ${record.name}`, container)
    try {
      if (container && graceSeconds > 0) {
        const ended = new Promise<void>(resolve => this.ends.set(record.id, resolve))
        await Promise.race([this.beforeStop(pod, container, record, grace), ended])
      }
      await runtime.stopContainer(record.id, this.remaining(record.id))
    } finally {
      this.stopping.delete(record.id)
      this.ends.delete(record.id)
      await this.records.refresh(record.id)
    }
  }

  /** A container has ended, so nobody needs to wait for its hook. */
  ended(id: string): void {
    this.ends.get(id)?.()
  }

  /** Shortens the grace of everything that is being stopped. */
  hurry(graceSeconds: number): void {
    const latest = this.context.clock.now().getTime() + Math.max(graceSeconds, leastSeconds) * 1000
    for (const [id, deadline] of this.stopping) {
      if (deadline <= latest) continue
      this.stopping.set(id, latest)
      const stopped = this.context.runtime.stopContainer(id, this.remaining(id))
      stopped.catch(error => this.context.onError(`stopping container ${id}`, error))
    }
  }

  private remaining(id: string): number {
    const deadline = this.stopping.get(id) ?? 0
    return Math.max(1, Math.ceil((deadline - this.context.clock.now().getTime()) / 1000))
  }

  private async beforeStop(
    pod: Pod,
    container: Container,
    record: ContainerRecord,
    graceSeconds: number,
  ): Promise<void> {
    const hook = container.lifecycle?.preStop
    if (!hook) return
    const ip = this.records.sandboxes[0]?.ip ?? this.context.node.ip
    try {
      await runHook(this.context, {pod, container, containerId: record.id, ip}, hook, graceSeconds)
    } catch (error) {
      this.say('Warning', 'FailedPreStopHook', `PreStopHook failed: ${detailsOf(error)}`, container)
    }
  }
}
