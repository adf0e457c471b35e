import {mkdir} from 'node:fs/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {initContainersOf, isSidecar} from './containers.ts'
import type {NodeContext} from './context.ts'
import {detailsOf, isUnavailable} from './cri/channel.ts'
import type {SandboxConfig} from './cri/sandbox-messages.ts'
import type {Input} from './cri/wire.ts'
import {dnsOf} from './dns.ts'
import type {Say} from './events.ts'
import type {PodRecords} from './pod-records.ts'
import type {ContainerRecord} from './runtime.ts'
import {cgroupOf, logsOf, sandboxConfig} from './sandbox-config.ts'
import type {Stopper} from './stopper.ts'

const keptSandboxes = 2

/** Makes and unmakes the sandbox of one pod. */
export class SandboxMaker {
  private readonly context: NodeContext
  private readonly records: PodRecords
  private readonly say: Say

  constructor(context: NodeContext, records: PodRecords, say: Say) {
    this.context = context
    this.records = records
    this.say = say
  }

  configOf(pod: Pod, attempt: number): Input<typeof SandboxConfig> {
    const {addresses, hostDns, folders, cgroupRoot} = this.context
    return sandboxConfig(pod, {
      attempt,
      logFolder: logsOf(folders, pod),
      cgroup: cgroupOf(cgroupRoot, pod.metadata?.uid ?? ''),
      dns: dnsOf(pod, addresses, hostDns),
    })
  }

  async make(pod: Pod, attempt: number): Promise<void> {
    const {runtime, folders} = this.context
    await mkdir(logsOf(folders, pod), {recursive: true, mode: 0o755})
    try {
      const id = await runtime.runSandbox(this.configOf(pod, attempt))
      const record = await runtime.sandbox(id)
      if (record) this.records.noteSandbox(record)
    } catch (error) {
      if (!isUnavailable(error)) {
        const message = `Failed to create pod sandbox: ${detailsOf(error)}`
        this.say('Warning', 'FailedCreatePodSandBox', message)
      }
      await this.relist(pod)
      throw error
    }
    for (const old of this.records.sandboxes.slice(keptSandboxes)) await this.remove(old.id)
  }

  /** Stops every container, then the sandbox. Main containers end together, sidecars after them, last one first. */
  async unmake(stopper: Stopper, pod: Pod, graceSeconds: number): Promise<void> {
    const {clock, runtime} = this.context
    const sidecars = initContainersOf(pod)
      .filter(isSidecar)
      .map(each => each.name)
    const until = clock.now().getTime() + graceSeconds * 1000
    const left = () => Math.max(0, Math.ceil((until - clock.now().getTime()) / 1000))
    const isMain = (record: ContainerRecord) => !sidecars.includes(record.name)
    const main = this.records.running.filter(isMain)
    await Promise.all(main.map(each => stopper.stop(pod, each, graceSeconds)))
    for (const name of sidecars.toReversed()) {
      const running = this.records.running.filter(each => each.name === name)
      await Promise.all(running.map(each => stopper.stop(pod, each, left())))
    }
    for (const sandbox of this.records.sandboxes.filter(each => each.ready)) {
      await runtime.stopSandbox(sandbox.id)
      await this.records.refresh(sandbox.id)
    }
  }

  /** Removes what the runtime keeps of the pod, its ended containers included. */
  async removeAll(): Promise<void> {
    for (const each of this.records.sandboxes) await this.context.runtime.stopSandbox(each.id)
    for (const each of this.records.sandboxes) await this.remove(each.id)
  }

  private async remove(id: string): Promise<void> {
    await this.context.runtime.removeSandbox(id)
    for (const each of this.records.containers) if (each.sandboxId === id) this.records.forget(each.id)
    this.records.forget(id)
  }

  /** A failed attempt may have left something behind that the next one has to know of. */
  private async relist(pod: Pod): Promise<void> {
    const sandboxes = await this.context.runtime.sandboxes().catch(() => [])
    for (const each of sandboxes) if (each.podUid === pod.metadata?.uid) this.records.noteSandbox(each)
  }
}
