import {chmod, mkdir, rm, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import {configMaps, secrets, services} from '../resources.ts'
import {Backoff, durationText} from './backoff.ts'
import {containerConfig} from './container-config.ts'
import {describePod} from './containers.ts'
import type {NodeContext} from './context.ts'
import {detailsOf, isUnavailable} from './cri/channel.ts'
import type {Mount} from './cri/container-messages.ts'
import type {SandboxConfig} from './cri/sandbox-messages.ts'
import type {Input} from './cri/wire.ts'
import {hostsFile} from './dns.ts'
import {ConfigError, environmentOf, type Sources} from './environment/environment.ts'
import type {PodFacts} from './environment/fields.ts'
import type {Say} from './events.ts'
import {runHook} from './hooks.ts'
import {ImageError} from './images.ts'
import {volumeMounts} from './mounts.ts'
import {latestOf} from './plan.ts'
import type {PodRecords} from './pod-records.ts'
import type {ImageRecord, SandboxRecord} from './runtime.ts'
import {logPath, logsOf} from './sandbox-config.ts'
import {restartCountOf, type Waiting} from './status/containers.ts'
import type {PodVolumes} from './volumes/volumes.ts'

const keptPerContainer = 2
const retryConfig = 5000
const hookTimeout = 300

/** A container that could not be started now: why, and in how many milliseconds to try again. */
export interface NotStarted {
  readonly waiting: Waiting
  readonly retryIn: number
}

interface StarterOptions {
  readonly context: NodeContext
  readonly records: PodRecords
  readonly volumes: PodVolumes
  readonly say: Say
}

/** Starts the containers of one pod. */
export class Starter {
  private readonly options: StarterOptions
  private readonly backoff = new Backoff()
  private readonly interruption = Promise.withResolvers<void>()

  constructor(options: StarterOptions) {
    this.options = options
  }

  /** The pod is on its way out: nobody waits for a hook any more. */
  interrupt(): void {
    this.interruption.resolve()
  }

  /** Starts one container in its pod's sandbox, or tells why it has to wait. */
  async start(
    pod: Pod,
    container: Container,
    sandbox: SandboxRecord,
    sandboxConfig: Input<typeof SandboxConfig>,
  ): Promise<NotStarted | undefined> {
    const {say} = this.options
    const crashed = this.backOff(pod, container)
    if (crashed) return crashed
    try {
      await this.create(pod, container, sandbox, sandboxConfig)
      return undefined
    } catch (error) {
      if (error instanceof ImageError) return {waiting: error.waiting, retryIn: error.retryIn}
      if (isUnavailable(error)) throw error
      const message = error instanceof ConfigError ? error.message : detailsOf(error)
      const reason = error instanceof StartFailure ? error.reason : 'CreateContainerConfigError'
      say('Warning', 'Failed', `Error: ${message}`, container)
      return {waiting: {reason, message}, retryIn: retryConfig}
    }
  }

  private backOff(pod: Pod, container: Container): NotStarted | undefined {
    const {records, context, say} = this.options
    const ended = records.containers.find(each => each.name === container.name && each.state === 'exited')
    if (!ended) return undefined
    const now = context.clock.now().getTime()
    const endedAt = ended.finishedAt ?? now
    const retryIn = this.backoff.remaining(container.name, endedAt, now)
    if (retryIn === 0) {
      this.backoff.next(container.name, endedAt, now)
      return undefined
    }
    const where = `container ${container.name} in pod ${describePod(pod)}`
    say('Warning', 'BackOff', `Back-off restarting failed ${where}`, container)
    const pause = durationText(this.backoff.delay(container.name))
    const message = `back-off ${pause} restarting failed container=${container.name} pod=${describePod(pod)}`
    return {waiting: {reason: 'CrashLoopBackOff', message}, retryIn}
  }

  private async create(
    pod: Pod,
    container: Container,
    sandbox: SandboxRecord,
    sandboxConfig: Input<typeof SandboxConfig>,
  ): Promise<void> {
    const {context, records, say} = this.options
    const {runtime, images, clock} = context
    const image = await images.ensure(pod, container, say, clock.now().getTime())
    const previous = latestOf(records.containers, container.name)
    if (previous?.state === 'created') {
      await runtime.removeContainer(previous.id)
      records.forget(previous.id)
    }
    const config = await this.configure(pod, container, sandbox, {
      image,
      restarts: this.restarts(pod, container),
    })
    const id = await failingAs('CreateContainerError', () =>
      runtime.createContainer(sandbox.id, config, sandboxConfig),
    )
    // Known before it runs, so that the news of an early end finds its pod.
    await records.refresh(id)
    say('Normal', 'Created', `Created container: ${container.name}`, container)
    await failingAs('RunContainerError', () => runtime.startContainer(id)).finally(() => records.refresh(id))
    say('Normal', 'Started', `Started container ${container.name}`, container)
    await this.afterStart(pod, container, sandbox, id)
    await this.clean(pod, container)
  }

  private restarts(pod: Pod, container: Container): number {
    const previous = this.options.records.containers.find(each => each.name === container.name)
    if (previous) return restartCountOf(previous) + 1
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    const known = statuses.find(each => each.name === container.name)
    return known?.containerID ? known.restartCount + 1 : 0
  }

  private async configure(
    pod: Pod,
    container: Container,
    sandbox: SandboxRecord,
    {image, restarts}: {image: ImageRecord; restarts: number},
  ) {
    const {context, volumes} = this.options
    const facts = factsOf(context, sandbox.ip)
    const environment = environmentOf({pod, container, facts, sources: sourcesOf(context, pod)})
    const folder = context.folders.pod(pod.metadata?.uid ?? '')
    const messageFile = join(folder, 'containers', container.name, String(restarts))
    await mkdir(dirname(messageFile), {recursive: true, mode: 0o750})
    await writeFile(messageFile, '')
    await chmod(messageFile, 0o666)
    await mkdir(dirname(join(logsOf(context.folders, pod), logPath(container.name, restarts))), {
      recursive: true,
    })
    const mounts: Input<typeof Mount>[] = [
      ...(await volumeMounts(container, volumes.mounted, environment)),
      {container_path: container.terminationMessagePath ?? '/dev/termination-log', host_path: messageFile},
    ]
    const isOnHost = pod.spec?.hostNetwork === true
    if (!isOnHost && !mounts.some(each => each.container_path === '/etc/hosts')) {
      const hosts = join(folder, 'etc-hosts')
      await writeFile(hosts, hostsFile(pod, sandbox.ip ?? '', context.addresses.clusterDomain))
      mounts.push({container_path: '/etc/hosts', host_path: hosts})
    }
    const {machineBytes} = context
    return containerConfig(pod, container, {image, restarts, environment, mounts, machineBytes, messageFile})
  }

  private async afterStart(
    pod: Pod,
    container: Container,
    sandbox: SandboxRecord,
    id: string,
  ): Promise<void> {
    const hook = container.lifecycle?.postStart
    if (!hook) return
    const {context, say} = this.options
    const target = {pod, container, containerId: id, ip: sandbox.ip ?? context.node.ip}
    try {
      await Promise.race([runHook(context, target, hook, hookTimeout), this.interruption.promise])
    } catch (error) {
      say('Warning', 'FailedPostStartHook', `PostStartHook failed: ${detailsOf(error)}`, container)
      await context.runtime.stopContainer(id, 2)
      await this.options.records.refresh(id)
      throw new StartFailure('PostStartHookError', detailsOf(error), {cause: error})
    }
  }

  /** Keeps the last ended container for its log, drops older ones. */
  private async clean(pod: Pod, container: Container): Promise<void> {
    const {context, records} = this.options
    const old = records.containers.filter(each => each.name === container.name).slice(keptPerContainer)
    for (const each of old) {
      await context.runtime.removeContainer(each.id)
      records.forget(each.id)
      await rm(join(logsOf(context.folders, pod), logPath(container.name, restartCountOf(each))), {
        force: true,
      })
    }
  }
}

class StartFailure extends Error {
  override readonly name = 'StartFailure'
  readonly reason: string

  constructor(reason: string, message: string, options: {cause: unknown}) {
    super(message, options)
    this.reason = reason
  }
}

async function failingAs<T>(reason: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (isUnavailable(error)) throw error
    throw new StartFailure(reason, detailsOf(error), {cause: error})
  }
}

export const factsOf = (context: NodeContext, podIp: string | undefined): PodFacts => ({
  hostIp: context.node.ip,
  podIp,
  allocatable: context.node.allocatable,
})

function sourcesOf({registry}: NodeContext, pod: Pod): Sources {
  const namespace = pod.metadata?.namespace
  return {
    configMap: name => registry.get(configMaps, namespace, name),
    secret: name => registry.get(secrets, namespace, name),
    services: () => {
      const own =
        namespace === undefined || namespace === 'default' ? [] : registry.list(services, {namespace})
      return [...registry.list(services, {namespace: 'default'}), ...own]
    },
  }
}
