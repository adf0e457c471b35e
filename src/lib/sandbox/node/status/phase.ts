import type {ContainerStatus, Pod} from 'kubernetes-types/core/v1.d.ts'
import {initContainersOf, isSidecar, restartPolicyOf} from '../containers.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

interface Counts {
  running: number
  waiting: number
  stopped: number
  succeeded: number
}

function count(counts: Counts, {state, lastState}: ContainerStatus): void {
  if (state?.running) counts.running += 1
  else if (state?.terminated) {
    counts.stopped += 1
    if (state.terminated.exitCode === 0) counts.succeeded += 1
  } else if (lastState?.terminated) counts.stopped += 1
  else counts.waiting += 1
}

/** Whether a regular init container is still to do its work; `failed` where it never will. */
function initialization(pod: Pod, init: readonly ContainerStatus[]): 'done' | 'pending' | 'failed' {
  let result: 'done' | 'pending' = 'done'
  for (const container of initContainersOf(pod)) {
    const status = init.find(each => each.name === container.name)
    if (isSidecar(container)) {
      if (!status?.started && !status?.state?.terminated) result = 'pending'
      continue
    }
    const ended = status?.state?.terminated
    if (ended?.exitCode === 0) continue
    if (ended && restartPolicyOf(pod) === 'Never') return 'failed'
    result = 'pending'
  }
  return result
}

/** Pure. Where a pod is in its life. `isFinal` says that nothing will be started any more. */
export function phaseOf(
  pod: Pod,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  isFinal: boolean,
): Phase {
  const counts: Counts = {running: 0, waiting: 0, stopped: 0, succeeded: 0}
  for (const status of main) count(counts, status)
  const initialized = initialization(pod, init)
  const hasStarted = counts.running + counts.stopped > 0
  if (initialized === 'failed') return 'Failed'
  if (initialized === 'pending' && !hasStarted) return isFinal ? 'Failed' : 'Pending'
  if (counts.waiting > 0) return isFinal && counts.running === 0 ? 'Failed' : 'Pending'
  if (counts.running > 0) return 'Running'
  const hasSucceeded = counts.stopped === counts.succeeded
  if (isFinal) return hasSucceeded ? 'Succeeded' : 'Failed'
  const policy = restartPolicyOf(pod)
  if (policy === 'Always') return 'Running'
  if (hasSucceeded) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}
