import {Label} from '../model/labels.ts'
import {type Observed, objectsOf} from '../observe/snapshot.ts'
import type {KubeObject, ObjectRef} from '../ports.ts'

/** CronJobs of schedules that the document no longer has. */
export function strayCronJobs(seen: Observed, waves: readonly (readonly KubeObject[])[]): ObjectRef[] {
  const wanted = new Set(
    waves.flat().flatMap(({kind, metadata}) => (kind === 'CronJob' ? (metadata.name ?? []) : [])),
  )
  return objectsOf(seen, 'CronJob')
    .filter(({metadata}) => metadata.labels?.[Label.pgbackrestCronJob] !== undefined)
    .flatMap(({metadata: {name}}) => (name === undefined || wanted.has(name) ? [] : [name]))
    .map(name => ({apiVersion: 'batch/v1', kind: 'CronJob', name, namespace: seen.namespace}))
}
