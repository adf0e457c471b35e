import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {millisecondsOf} from '../clock.ts'
import {isSucceeded} from '../podstate.ts'

const firstDelay = 10_000
const longestDelay = 600_000

interface Failures {
  /** Since the last success. */
  count: number
  lastAt: number
}

/** Remembers the failures of each Job, so that its next pod comes after 10 s, 20 s, 40 s, … up to 10 min. */
export class JobBackoff {
  readonly #failures = new Map<string, Failures>()

  /** Takes note of pods that ended just now. */
  note(job: string, ended: readonly Pod[], now: Date): void {
    const failures = this.#after(job, ended, now)
    if (failures) this.#failures.set(job, failures)
    else this.#failures.delete(job)
  }

  /** Milliseconds until the next pod may be created, these ended ones included; 0 when it may be now. */
  remaining(job: string, ended: readonly Pod[], now: Date): number {
    const failures = this.#after(job, ended, now)
    if (!failures) return 0
    const delay = Math.min(firstDelay * 2 ** (failures.count - 1), longestDelay)
    return Math.max(0, failures.lastAt + delay - now.getTime())
  }

  #after(job: string, ended: readonly Pod[], now: Date): Failures | undefined {
    const at = (pod: Pod): number => endOf(pod) ?? now.getTime()
    let failures = this.#failures.get(job)
    for (const pod of ended.toSorted((a, b) => at(a) - at(b))) {
      failures = isSucceeded(pod) ? undefined : {count: (failures?.count ?? 0) + 1, lastAt: at(pod)}
    }
    return failures
  }

  forget(job: string): void {
    this.#failures.delete(job)
  }
}

/** When the last of the pod's containers ended. */
function endOf(pod: Pod): number | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const times = statuses
    .map(({state}) => millisecondsOf(state?.terminated?.finishedAt))
    .filter(time => time !== undefined)
  return times.length > 0 ? Math.max(...times) : undefined
}
