import type {Readable, Writable} from 'node:stream'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'

/** What a kubelet's streaming endpoints give to the API server. All failures throw `StatusError`. */
export interface PodStreams {
  /**
   * Runs a command in a running container. Ends stdin when the given stream ends. Resolves with the
   * exit code once the process has ended and both outputs are drained. Aborting kills the process.
   */
  exec(pod: Pod, request: ExecRequest): Promise<number>
  /** Connects to the container's own first process. Resolves with its exit code or undefined when detached. */
  attach(pod: Pod, request: Omit<ExecRequest, 'command'>): Promise<number | undefined>
  /** One TCP connection to a port inside the pod's network namespace. */
  connect(pod: Pod, port: number): Promise<import('node:stream').Duplex>
  /** Log lines as the container wrote them, following across the container's end when asked. */
  logs(pod: Pod, request: LogRequest): AsyncIterable<Buffer>
}

export interface ExecRequest {
  container: string
  command: string[]
  tty: boolean
  stdin?: Readable
  stdout?: Writable
  stderr?: Writable
  /** Terminal sizes as they change, when tty. */
  resize?: AsyncIterable<{width: number; height: number}>
  signal: AbortSignal
}

export interface LogRequest {
  container: string
  follow: boolean
  previous: boolean
  timestamps: boolean
  tailLines?: number
  sinceSeconds?: number
  sinceTime?: Date
  limitBytes?: number
  signal: AbortSignal
}

/** Cluster networking as nodes and controllers see it. */
export interface Addresses {
  /** Range of pod addresses, CIDR. */
  podRange: string
  /** Range of Service addresses, CIDR. */
  serviceRange: string
  /** Where the API answers pods: the `kubernetes` Service's address. */
  apiServiceIp: string
  /** The cluster DNS Service's address. */
  dnsServiceIp: string
  /** `cluster.local` */
  clusterDomain: string
  /** Address of the bridge, where API server and DNS listen for pods. */
  bridgeIp: string
}

/** Where one sandbox keeps its things; nothing is written outside. */
export interface SandboxPaths {
  /** State: database, certificates, volumes, logs, containerd root. `/var/lib/pgk/sandbox/NAME` */
  root: string
  /** Sockets, pid files, containerd state; gone after a reboot. `/run/pgk/sandbox/NAME` */
  run: string
  /** Built images, shared by all sandboxes, survives `down --purge` of one. `/var/cache/pgk/images` */
  images: string
}
