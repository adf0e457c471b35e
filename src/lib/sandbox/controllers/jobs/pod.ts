import type {Job} from 'kubernetes-types/batch/v1.d.ts'
import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import {jobs} from '../../resources.ts'
import {hasFinalizer, isDeleting, labelsOf, nameOf, namespaceOf} from '../identity.ts'
import {controllerReference} from '../ownership.ts'
import {isFailed, isSucceeded, isTerminal} from '../podstate.ts'

/** Holds a pod until its end has been counted in the Job's status. */
export const tracking = 'batch.kubernetes.io/job-tracking'
const indexKey = 'batch.kubernetes.io/job-completion-index'

export const isTracked = (pod: Pod): boolean => hasFinalizer(pod, tracking)

export const indexOf = (pod: Pod): number | undefined => {
  const index = labelsOf(pod)[indexKey] ?? pod.metadata?.annotations?.[indexKey]
  return index === undefined ? undefined : Number(index)
}

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed'

/** Pods that are being deleted are replaced only once they have ended. */
export const replacesOnlyFailed = (job: Job): boolean => job.spec?.podReplacementPolicy === 'Failed'

/** A pod deleted before its end counts as failed: it may never get to say how it ended. */
export function countsAsFailed(job: Job, pod: Pod): boolean {
  if (isFailed(pod)) return true
  if (!isDeleting(pod) || isSucceeded(pod)) return false
  return !replacesOnlyFailed(job) || pod.status?.phase === 'Pending'
}

export const isTerminating = (pod: Pod): boolean => isDeleting(pod) && !isTerminal(pod)

/** The pod of one attempt; with an index for Jobs that number their completions. */
export function newPod(job: Job, index: number | undefined): Pod {
  const template = job.spec?.template
  const spec = structuredClone(template?.spec)
  const name = index === undefined ? nameOf(job) : `${nameOf(job)}-${index}`
  const indexed: Record<string, string> = index === undefined ? {} : {[indexKey]: String(index)}
  const annotations = {...template?.metadata?.annotations, ...indexed}
  if (spec && index !== undefined) {
    spec.hostname ??= name
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) addIndex(container)
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace: namespaceOf(job),
      labels: {...template?.metadata?.labels, ...indexed},
      ...(Object.keys(annotations).length > 0 ? {annotations} : {}),
      finalizers: [...(template?.metadata?.finalizers ?? []), tracking],
      ownerReferences: [controllerReference(jobs, job)],
    },
    ...(spec ? {spec} : {}),
  }
}

function addIndex(container: Container): void {
  if (container.env?.some(({name}) => name === 'JOB_COMPLETION_INDEX')) return
  const valueFrom = {fieldRef: {fieldPath: `metadata.labels['${indexKey}']`}}
  container.env = [...(container.env ?? []), {name: 'JOB_COMPLETION_INDEX', valueFrom}]
}
