import type {Clock} from '../controllers/clock.ts'
import type {EventRecorder} from '../controllers/recorder.ts'
import type {Addresses} from '../ports.ts'
import type {Registry} from '../registry.ts'
import type {DnsConfig} from './dns.ts'
import type {Images} from './images.ts'
import type {Runtime} from './runtime.ts'
import type {PodFolders} from './sandbox-config.ts'
import type {IssueToken} from './volumes/tokens.ts'

/** One virtual node: all of them share the machine and its container runtime. */
export interface NodeIdentity {
  readonly name: string
  readonly ip: string
  readonly allocatable: Readonly<Record<string, string>>
}

/** What the pods of one node need. */
export interface NodeContext {
  readonly node: NodeIdentity
  readonly registry: Registry
  readonly runtime: Runtime
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly addresses: Addresses
  readonly hostDns: DnsConfig
  readonly folders: PodFolders
  readonly images: Images
  readonly issueToken: IssueToken
  /** Top of the control groups of this sandbox's pods: `pgk-default`. */
  readonly cgroupRoot: string
  readonly machineBytes: number
  /** Hears of failures that are tried again. */
  readonly onError: (what: string, error: unknown) => void
}
