import {setTimeout as sleep} from 'node:timers/promises'
import type {
  ContainerRecord,
  ImageRecord,
  Runtime,
  RuntimeEvent,
  SandboxRecord,
  SpawnRequest,
} from '../runtime.ts'
import {Channel, isNotFound} from './channel.ts'
import * as methods from './methods.ts'
import {containerRecord, describedContainer, parseInfo, processOf, sandboxRecord, stateOf} from './records.ts'
import {TaskExit} from './task-messages.ts'
import {decoderOf} from './wire.ts'

const processType = 'types.containerd.io/opencontainers/runtime-spec/1/Process'
const reconnectAfter = 100
const quick = {timeoutMs: 20_000}
const slow = {timeoutMs: 240_000}

/** Gives undefined for what the runtime does not know. */
async function known<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** containerd, through the container runtime interface and its own task service. */
export function connectRuntime(socket: string): Runtime {
  const channel = new Channel(`unix:${socket}`, Object.values(methods))

  const statusOf = async (id: string) =>
    known(channel.call(methods.containerStatus, {container_id: id, verbose: true}, quick))

  const container = async (id: string): Promise<ContainerRecord | undefined> => {
    const answer = await statusOf(id)
    return answer && describedContainer(answer)
  }

  const sandbox = async (id: string): Promise<SandboxRecord | undefined> => {
    const answer = await known(channel.call(methods.sandboxStatus, {pod_sandbox_id: id}, quick))
    return answer?.status ? sandboxRecord(answer.status) : undefined
  }

  const containers = async (): Promise<ContainerRecord[]> => {
    const {containers: listed} = await channel.call(methods.listContainers, {}, quick)
    const records = listed.map(async each => {
      const answer = await known(channel.call(methods.containerStatus, {container_id: each.id}, quick))
      if (!answer?.status) return undefined
      return {...containerRecord(each.pod_sandbox_id, answer.status), state: stateOf(each)}
    })
    return (await Promise.all(records)).filter(each => each !== undefined)
  }

  const spawn = async (request: SpawnRequest): Promise<void> => {
    const answer = await statusOf(request.containerId)
    const process = answer && processOf(parseInfo(answer.info))
    if (!process) throw new Error(`container ${request.containerId} has no process to run beside`)
    const environment = Array.isArray(process['env']) ? process['env'] : []
    const spec = {
      ...process,
      args: request.command,
      terminal: request.tty,
      env: request.tty ? [...environment, 'TERM=xterm'] : environment,
    }
    const id = {container_id: request.containerId, exec_id: request.execId}
    await channel.call(methods.taskExec, {
      ...id,
      stdin: request.stdin ?? '',
      stdout: request.stdout ?? '',
      stderr: request.stderr ?? '',
      terminal: request.tty,
      spec: {type_url: processType, value: Buffer.from(JSON.stringify(spec))},
    })
    await channel.call(methods.taskStart, id, quick)
  }

  const image = async (reference: string): Promise<ImageRecord | undefined> => {
    const {image: found} = await channel.call(methods.imageStatus, {image: {image: reference}}, quick)
    if (!found) return undefined
    return {id: found.id, uid: found.uid ? Number(found.uid.value) : undefined, username: found.username}
  }

  const follow = async (listener: (event: RuntimeEvent) => void, signal: AbortSignal): Promise<void> => {
    const decodeExit = decoderOf(TaskExit)
    const stream = channel.stream(methods.subscribe, {filters: ['topic=="/tasks/exit"']}, signal)
    // The stream itself does not say when it stands; the relist that follows covers what ended before.
    const beginning = channel
      .call(methods.version, {}, quick)
      .then(() => listener({kind: 'connected', id: ''}))
    beginning.catch(() => undefined)
    for await (const {event} of stream) {
      if (!event) continue
      const exit = decodeExit(event.value)
      if (exit.id === exit.container_id) listener({kind: 'exit', id: exit.container_id})
    }
  }

  return {
    version: async () => (await channel.call(methods.version, {}, quick)).runtime_version,
    sandboxes: async () => {
      const {items} = await channel.call(methods.listSandboxes, {}, quick)
      const records = await Promise.all(items.map(each => sandbox(each.id)))
      return records.filter(each => each !== undefined)
    },
    containers,
    sandbox,
    container,
    sandboxPid: async id => {
      const answer = await known(
        channel.call(methods.sandboxStatus, {pod_sandbox_id: id, verbose: true}, quick),
      )
      const pid = answer && parseInfo(answer.info)['pid']
      return typeof pid === 'number' && pid > 0 ? pid : undefined
    },
    runSandbox: async config => (await channel.call(methods.runSandbox, {config}, slow)).pod_sandbox_id,
    stopSandbox: async id => {
      await known(channel.call(methods.stopSandbox, {pod_sandbox_id: id}, slow))
    },
    removeSandbox: async id => {
      await known(channel.call(methods.removeSandbox, {pod_sandbox_id: id}, slow))
    },
    createContainer: async (sandboxId, config, sandboxConfig) => {
      const request = {pod_sandbox_id: sandboxId, config, sandbox_config: sandboxConfig}
      return (await channel.call(methods.createContainer, request, slow)).container_id
    },
    startContainer: async id => {
      await channel.call(methods.startContainer, {container_id: id}, slow)
    },
    stopContainer: async (id, graceSeconds) => {
      await known(channel.call(methods.stopContainer, {container_id: id, timeout: Math.ceil(graceSeconds)}))
    },
    removeContainer: async id => {
      await known(channel.call(methods.removeContainer, {container_id: id}, slow))
    },
    image,
    execSync: (id, command, timeoutSeconds) =>
      channel.call(
        methods.execSync,
        {container_id: id, cmd: command, timeout: timeoutSeconds},
        {timeoutMs: timeoutSeconds * 1000 + 5000},
      ),
    attachUrl: (id, streams) => channel.call(methods.attach, {container_id: id, ...streams}, quick),
    spawn,
    wait: async (containerId, execId) =>
      (await channel.call(methods.taskWait, {container_id: containerId, exec_id: execId})).exit_status,
    kill: async (containerId, execId, signal) => {
      await known(channel.call(methods.taskKill, {container_id: containerId, exec_id: execId, signal}, quick))
    },
    closeStdin: async (containerId, execId) => {
      await known(
        channel.call(methods.taskCloseIo, {container_id: containerId, exec_id: execId, stdin: true}, quick),
      )
    },
    resize: async (containerId, execId, size) => {
      await known(
        channel.call(methods.taskResize, {container_id: containerId, exec_id: execId, ...size}, quick),
      )
    },
    reap: async (containerId, execId) => {
      await known(
        channel.call(methods.taskDeleteProcess, {container_id: containerId, exec_id: execId}, quick),
      )
    },
    watch: (listener, signal) => {
      const loop = async () => {
        while (!signal.aborted) {
          // A stream that fails is one that ended: containerd is away for a moment.
          await follow(listener, signal).catch(() => undefined)
          if (!signal.aborted) await sleep(reconnectAfter)
        }
      }
      void loop()
    },
    close: () => channel.close(),
  }
}
