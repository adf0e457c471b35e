import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {StatusError} from '../../registry.ts'
import {containerNamed} from '../containers.ts'
import type {NodePods} from '../pods.ts'
import type {ContainerRecord, SandboxRecord} from '../runtime.ts'

const nameOf = (pod: Pod): string => pod.metadata?.name ?? ''

const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

/** The container of this name as it is now, ended ones included. Throws `StatusError`. */
export function containersOf(pods: NodePods, pod: Pod, name: string): readonly ContainerRecord[] {
  if (!containerNamed(pod, name)) {
    throw badRequest(`container ${name} is not valid for pod ${nameOf(pod)}`)
  }
  const worker = pods.find(pod.metadata?.uid ?? '')
  return worker?.life.records.containers.filter(each => each.name === name) ?? []
}

/** The running container of this name. Throws `StatusError`. */
export function runningContainer(pods: NodePods, pod: Pod, name: string): ContainerRecord {
  const [latest] = containersOf(pods, pod, name)
  if (latest?.state === 'running') return latest
  const about = `unable to upgrade connection: container not found ("${name}")`
  throw new StatusError(500, 'InternalError', about)
}

/** The sandbox of a running pod. Throws `StatusError`. */
export function readySandbox(pods: NodePods, pod: Pod): SandboxRecord {
  const worker = pods.find(pod.metadata?.uid ?? '')
  const sandbox = worker?.life.records.sandboxes.find(each => each.ready)
  if (sandbox) return sandbox
  const phase = pod.status?.phase ?? 'Unknown'
  throw badRequest(`unable to forward port because pod is not running. Current status=${phase}`)
}
