import {arch, cpus, release, totalmem} from 'node:os'
import type {Node, NodeCondition} from 'kubernetes-types/core/v1.d.ts'
import {timestamp} from '../controllers/clock.ts'

/** A virtual node as the sandbox's settings name it. */
export interface NodeSettings {
  readonly name: string
  readonly zone: string
  readonly region?: string
  readonly labels?: Readonly<Record<string, string>>
}

export const kubeletVersion = 'v1.36.2'

const architectures: Record<string, string> = {x64: 'amd64', arm64: 'arm64'}
const mostPods = 110

/** What the machine offers; each of its virtual nodes offers all of it. */
export function machineCapacity(diskBytes: number): Record<string, string> {
  return {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(diskBytes / 1024)}Ki`,
    pods: String(mostPods),
  }
}

export function nodeLabels({name, zone, region, labels}: NodeSettings): Record<string, string> {
  const architecture = architectures[arch()] ?? arch()
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': zone,
    ...(region === undefined ? {} : {'topology.kubernetes.io/region': region}),
    ...labels,
  }
}

interface Finding {
  type: string
  holds: boolean
  reason: string
  message: string
}

const pressures: readonly Finding[] = [
  {
    type: 'MemoryPressure',
    holds: false,
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    holds: false,
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    holds: false,
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
]

const readiness = (isReady: boolean): Finding =>
  isReady
    ? {type: 'Ready', holds: true, reason: 'KubeletReady', message: 'kubelet is posting ready status'}
    : {type: 'Ready', holds: false, reason: 'KubeletNotReady', message: 'container runtime is down'}

/** Pure. A node's conditions; a heartbeat refreshes the time at which each was last looked at. */
export function nodeConditions(node: Node, isReady: boolean, now: Date): NodeCondition[] {
  const time = timestamp(now)
  return [...pressures, readiness(isReady)].map(({type, holds, reason, message}) => {
    const old = node.status?.conditions?.find(each => each.type === type)
    const status = holds ? 'True' : 'False'
    const since = old?.status === status ? old.lastTransitionTime : undefined
    return {
      type,
      status,
      lastHeartbeatTime: time,
      lastTransitionTime: since ?? time,
      reason,
      message,
    }
  })
}

/** Facts about the machine that every virtual node reports. */
export interface MachineFacts {
  readonly ip: string
  readonly capacity: Readonly<Record<string, string>>
  readonly machineId: string
  readonly bootId: string
  readonly osImage: string
  readonly runtimeVersion: string
}

/** Pure. The status of a node as its kubelet reports it. */
export function nodeStatus(node: Node, facts: MachineFacts, isReady: boolean, now: Date): Node['status'] {
  return {
    ...node.status,
    addresses: [
      {type: 'InternalIP', address: facts.ip},
      {type: 'Hostname', address: node.metadata?.name ?? ''},
    ],
    capacity: {...facts.capacity},
    allocatable: {...facts.capacity},
    conditions: nodeConditions(node, isReady, now),
    daemonEndpoints: {kubeletEndpoint: {Port: 0}},
    nodeInfo: {
      architecture: architectures[arch()] ?? arch(),
      bootID: facts.bootId,
      containerRuntimeVersion: `containerd://${facts.runtimeVersion}`,
      kernelVersion: release(),
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: facts.machineId,
      operatingSystem: 'linux',
      osImage: facts.osImage,
      systemUUID: facts.machineId,
    },
  }
}
