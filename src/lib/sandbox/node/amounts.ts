import type {Container, Pod, ResourceRequirements} from 'kubernetes-types/core/v1.d.ts'
import {nanoOf} from '../apiserver/kinds/quantity.ts'
import type {LinuxResources} from './cri/container-messages.ts'
import type {Input} from './cri/wire.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const nanoPerMilli = 1_000_000n
const nanoPerUnit = 1_000_000_000n

const ceil = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor

/** Thousandths of a CPU. */
export const milliOf = (quantity: unknown): number => Number(ceil(nanoOf(quantity), nanoPerMilli))
/** Whole bytes. */
export const bytesOf = (quantity: unknown): number => Number(ceil(nanoOf(quantity), nanoPerUnit))

/** How many divisors the amount is, rounded up, as the downward API writes it. */
export function dividedBy(quantity: unknown, divisor: unknown): string {
  const by = nanoOf(divisor)
  return String(ceil(nanoOf(quantity), by === 0n ? nanoPerUnit : by))
}

const computed = ['cpu', 'memory']

export function qosClassOf(pod: Pod): QosClass {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const sides = containers.flatMap(({resources}) => [resources?.requests ?? {}, resources?.limits ?? {}])
  const isNone = sides.every(side => computed.every(name => nanoOf(side[name]) === 0n))
  if (isNone) return 'BestEffort'
  const isGuaranteed = containers.every(({resources}) =>
    computed.every(name => {
      const limit = nanoOf(resources?.limits?.[name])
      const request = resources?.requests?.[name]
      return limit > 0n && (request === undefined || nanoOf(request) === limit)
    }),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

const period = 100_000

/** The weight that the kernel gives a share of CPU time. */
function sharesOf(resources: ResourceRequirements): number {
  const asked = resources.requests?.['cpu'] ?? resources.limits?.['cpu']
  return Math.max(2, Math.floor((milliOf(asked) * 1024) / 1000))
}

/** Whom the kernel kills first when the machine is out of memory: 1000 goes first. */
function oomScore(resources: ResourceRequirements, qos: QosClass, machineBytes: number): number {
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const request = bytesOf(resources.requests?.['memory'] ?? resources.limits?.['memory'])
  const score = 1000 - Math.floor((1000 * request) / machineBytes)
  return Math.min(999, Math.max(3, score))
}

/** A container's requests and limits as the kernel takes them. `machineBytes` is the node's memory. */
export function linuxResources(
  container: Container,
  qos: QosClass,
  machineBytes: number,
): Input<typeof LinuxResources> {
  const resources = container.resources ?? {}
  const limit = milliOf(resources.limits?.['cpu'])
  const memory = bytesOf(resources.limits?.['memory'])
  return {
    cpu_shares: sharesOf(resources),
    oom_score_adj: oomScore(resources, qos, machineBytes),
    ...(limit > 0 ? {cpu_period: period, cpu_quota: Math.max(1000, (limit * period) / 1000)} : {}),
    ...(memory > 0 ? {memory_limit_in_bytes: memory} : {}),
  }
}
