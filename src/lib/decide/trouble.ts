import {failedError, notFoundError, type PgkError, refusedError} from '../errors.ts'
import type {PodSeen, PodTrouble} from '../observe/seen.ts'
import type {Observed} from '../observe/snapshot.ts'
import {isOutdated} from './rollout.ts'

/** A cause that was just removed may still show for a moment. */
const fatalGraceSeconds = 10
/** How long a pod may stay unschedulable before waiting longer is pointless for the reader. */
const scheduleGraceSeconds = 90

function troubleError(pod: PodSeen, trouble: PodTrouble, namespace: string): PgkError {
  const details = {
    object: `pod ${pod.name}`,
    reason: trouble.message,
    hints: [`Look closer: kubectl describe pod ${pod.name} -n ${namespace}`],
  }
  if (trouble.kind === 'image') {
    const hint = 'Name an image that the nodes can pull with --image, or give imagePullSecrets in a manifest.'
    return notFoundError('IMAGE_UNAVAILABLE', 'the image cannot be pulled', {
      ...details,
      hints: [hint, ...details.hints],
    })
  }
  return failedError('POD_CANNOT_START', 'a pod cannot start', {
    ...details,
    hints: ['Correct the image or the document, then run the same command again.', ...details.hints],
  })
}

/** Pods that will not be replaced anyway. */
const podsOf = (seen: Observed): PodSeen[] => [
  ...seen.instances.flatMap(instance => (isOutdated(instance) ? [] : (instance.pod ?? []))),
  ...(seen.repoHost ? [seen.repoHost] : []),
]

/** The failure that waiting cannot mend, or undefined. `elapsedSeconds` counts from the start of the wait. */
export function stuckPod(seen: Observed, elapsedSeconds: number): PgkError | undefined {
  for (const pod of podsOf(seen)) {
    const {trouble} = pod
    if (trouble === undefined) continue
    if (trouble.fatal && elapsedSeconds > fatalGraceSeconds) {
      return troubleError(pod, trouble, seen.namespace)
    }
    if (trouble.kind === 'schedule' && elapsedSeconds > scheduleGraceSeconds) {
      return refusedError('UNSCHEDULABLE', 'no node can take the pod', {
        object: `pod ${pod.name}`,
        reason: trouble.message,
        hints: ['Ask for less (--replicas, --cpu, --memory), relax affinity, or add nodes; then run again.'],
      })
    }
  }
  return undefined
}

/** What the reader should see of pods that do not get on: `hippo-pg-2-0: 0/3 nodes are available: …`. */
export function podTroubles(seen: Observed): string | undefined {
  const troubled = podsOf(seen).flatMap(({name, trouble}) => (trouble ? [{name, trouble}] : []))
  const alike = Map.groupBy(troubled, ({trouble}) => trouble.message)
  const troubles = [...alike].map(([message, pods]) => `${pods.map(({name}) => name).join(', ')}: ${message}`)
  return troubles.length === 0 ? undefined : troubles.join('; ')
}
