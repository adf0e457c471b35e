import type {Clock} from '../../controllers/clock.ts'
import type {PodStreams} from '../../ports.ts'
import type {NodePods} from '../pods.ts'
import type {Runtime} from '../runtime.ts'
import type {PodFolders} from '../sandbox-config.ts'
import {attachTo} from './attach.ts'
import {connectTo} from './connect.ts'
import {execIn} from './exec.ts'
import {readyToLog} from './logs.ts'

export interface StreamsOptions {
  readonly runtime: Runtime
  readonly pods: NodePods
  readonly folders: PodFolders
  /** Folder of the named pipes through which processes are spoken to. */
  readonly fifos: string
  readonly clock: Clock
}

/** What a kubelet's streaming endpoints offer, for all virtual nodes at once. */
export const podStreams = (options: StreamsOptions): PodStreams => ({
  exec: (pod, request) => execIn(options, pod, request),
  attach: (pod, request) => attachTo(options, pod, request),
  connect: (pod, port) => connectTo(options, pod, port),
  logs: (pod, request) => readyToLog(options, pod, request),
})
