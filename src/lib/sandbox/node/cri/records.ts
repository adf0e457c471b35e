import {containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel} from '../labels.ts'
import type {ContainerRecord, ContainerState, ContainerUser, SandboxRecord} from '../runtime.ts'
import type {ContainerStatus, ContainerStatusResponse, ListContainersResponse} from './container-messages.ts'
import type {ListSandboxesResponse, SandboxStatusResponse} from './sandbox-messages.ts'
import type {Output} from './wire.ts'

type ListedSandbox = Output<typeof ListSandboxesResponse>['items'][number]
type ListedContainer = Output<typeof ListContainersResponse>['containers'][number]
type StatedSandbox = NonNullable<Output<typeof SandboxStatusResponse>['status']>

const milliseconds = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000_000n)
const optional = (nanoseconds: string): number | undefined =>
  nanoseconds === '0' ? undefined : milliseconds(nanoseconds)

const states: Record<ListedContainer['state'], ContainerState> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
}

export const stateOf = (listed: ListedContainer): ContainerState => states[listed.state]

export function sandboxRecord(from: ListedSandbox | StatedSandbox): SandboxRecord {
  const ip = 'network' in from ? from.network?.ip : undefined
  return {
    id: from.id,
    podUid: from.labels[podUidLabel] ?? from.metadata?.uid ?? '',
    podName: from.labels[podNameLabel] ?? from.metadata?.name ?? '',
    podNamespace: from.labels[podNamespaceLabel] ?? from.metadata?.namespace ?? '',
    attempt: from.metadata?.attempt ?? 0,
    ready: from.state === 'SANDBOX_READY',
    createdAt: milliseconds(from.created_at),
    annotations: from.annotations,
    ...(ip ? {ip} : {}),
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function parseInfo(info: Readonly<Record<string, string>>): Record<string, unknown> {
  const parsed: unknown = JSON.parse(info['info'] ?? '{}')
  return isRecord(parsed) ? parsed : {}
}

/** The process that the container was started with, from its OCI specification. */
export function processOf(info: Record<string, unknown>): Record<string, unknown> | undefined {
  const spec = info['runtimeSpec']
  const process = isRecord(spec) ? spec['process'] : undefined
  return isRecord(process) ? process : undefined
}

function userOf(info: Record<string, unknown>): ContainerUser | undefined {
  const user = processOf(info)?.['user']
  if (!isRecord(user)) return undefined
  const {uid, gid, additionalGids: groups} = user
  const numbers = Array.isArray(groups) ? groups.filter(each => typeof each === 'number') : []
  return {uid: typeof uid === 'number' ? uid : 0, gid: typeof gid === 'number' ? gid : 0, groups: numbers}
}

export function containerRecord(
  sandboxId: string,
  status: Output<typeof ContainerStatus>,
  info: Record<string, unknown> = {},
): ContainerRecord {
  const user = userOf(info)
  return {
    id: status.id,
    sandboxId,
    podUid: status.labels[podUidLabel] ?? '',
    name: status.labels[containerNameLabel] ?? status.metadata?.name ?? '',
    attempt: status.metadata?.attempt ?? 0,
    state: states[status.state],
    createdAt: milliseconds(status.created_at),
    startedAt: optional(status.started_at),
    finishedAt: optional(status.finished_at),
    exitCode: status.exit_code,
    reason: status.reason,
    message: status.message,
    imageId: status.image_ref,
    annotations: status.annotations,
    ...(user ? {user} : {}),
  }
}

export function describedContainer(
  answer: Output<typeof ContainerStatusResponse>,
): ContainerRecord | undefined {
  if (!answer.status) return undefined
  const info = parseInfo(answer.info)
  const sandboxId = info['sandboxID']
  return containerRecord(typeof sandboxId === 'string' ? sandboxId : '', answer.status, info)
}
