import type {ContainerConfig, ExecSyncResponse, StreamingUrl} from './cri/container-messages.ts'
import type {SandboxConfig} from './cri/sandbox-messages.ts'
import type {Input, Output} from './cri/wire.ts'

/** A pod sandbox as the container runtime knows it. Times are milliseconds since the epoch. */
export interface SandboxRecord {
  readonly id: string
  readonly podUid: string
  readonly podName: string
  readonly podNamespace: string
  readonly attempt: number
  readonly ready: boolean
  readonly createdAt: number
  /** The pod's address; absent on the host's network and before the runtime was asked. */
  readonly ip?: string
  readonly annotations: Readonly<Record<string, string>>
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown'

/** Whom a container's first process runs as. */
export interface ContainerUser {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
}

/** A container as the runtime knows it. Times are milliseconds since the epoch. */
export interface ContainerRecord {
  readonly id: string
  readonly sandboxId: string
  readonly podUid: string
  readonly name: string
  readonly attempt: number
  readonly state: ContainerState
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly finishedAt: number | undefined
  readonly exitCode: number
  /** The runtime's word for why it ended: `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string
  readonly message: string
  /** The image's identifier: `sha256:…`. */
  readonly imageId: string
  readonly annotations: Readonly<Record<string, string>>
  readonly user?: ContainerUser
}

export interface ImageRecord {
  /** `sha256:…` */
  readonly id: string
  /** Numeric user of the image, or undefined where it names one or says nothing. */
  readonly uid: number | undefined
  readonly username: string
}

export interface SpawnRequest {
  readonly containerId: string
  readonly execId: string
  readonly command: readonly string[]
  readonly tty: boolean
  /** Paths of named pipes. */
  readonly stdin?: string
  readonly stdout?: string
  readonly stderr?: string
}

/** The container runtime's ending of a process, as its event stream tells it. */
export interface RuntimeEvent {
  readonly kind: 'exit' | 'connected'
  /** Of a container or a sandbox; empty when the stream has just been (re)connected. */
  readonly id: string
}

/** What a node needs from its container runtime. Failures throw gRPC errors with `details`. */
export interface Runtime {
  version(): Promise<string>
  sandboxes(): Promise<SandboxRecord[]>
  /** All containers, ended ones included, without `user`. */
  containers(): Promise<ContainerRecord[]>
  sandbox(id: string): Promise<SandboxRecord | undefined>
  container(id: string): Promise<ContainerRecord | undefined>
  /** The process identifier of a running sandbox's first process on the host. */
  sandboxPid(id: string): Promise<number | undefined>
  runSandbox(config: Input<typeof SandboxConfig>): Promise<string>
  /** Kills everything in the sandbox and takes its network away. */
  stopSandbox(id: string): Promise<void>
  removeSandbox(id: string): Promise<void>
  createContainer(
    sandboxId: string,
    config: Input<typeof ContainerConfig>,
    sandboxConfig: Input<typeof SandboxConfig>,
  ): Promise<string>
  startContainer(id: string): Promise<void>
  /** Sends the stop signal, and SIGKILL after the grace period. Resolves when the container has ended. */
  stopContainer(id: string, graceSeconds: number): Promise<void>
  removeContainer(id: string): Promise<void>
  /** Undefined where the image is not present. */
  image(reference: string): Promise<ImageRecord | undefined>
  execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<Output<typeof ExecSyncResponse>>
  attachUrl(
    id: string,
    streams: {stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean},
  ): Promise<Output<typeof StreamingUrl>>
  /** Prepares and starts a process in a running container, with the container's own user and limits. */
  spawn(request: SpawnRequest): Promise<void>
  /** Resolves with the exit code of a spawned process. */
  wait(containerId: string, execId: string): Promise<number>
  kill(containerId: string, execId: string, signal: number): Promise<void>
  closeStdin(containerId: string, execId: string): Promise<void>
  resize(containerId: string, execId: string, size: {width: number; height: number}): Promise<void>
  /** Forgets a spawned process that has ended. */
  reap(containerId: string, execId: string): Promise<void>
  /** Calls the listener until the signal aborts; reconnects by itself. */
  watch(listener: (event: RuntimeEvent) => void, signal: AbortSignal): void
  close(): void
}
