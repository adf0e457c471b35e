import {listOf, objectOf, readPath} from '../../../src/lib/sandbox/apiserver/json.ts'
import {picked} from '../picks.ts'
import {cronJob, job, onDelete, roll, service, web} from './objects.ts'
import type {LifeRun} from './run.ts'
import {
  claimSummary,
  cronJobSummary,
  each,
  eventSummary,
  jobSummary,
  podSummary,
  revisionSummary,
  scheduledJobSummary,
  setSummary,
} from './summaries.ts'

/** What was done in each recorded scenario, step by step. */
export const LIVES: Record<string, (run: LifeRun) => Promise<void>> = {
  statefulset_life: statefulSetLife,
  statefulset_ondelete: onDeleteLife,
  jobs_life: jobsLife,
}

const sets = '/apis/apps/v1/namespaces/<ns>/statefulsets'
const jobs = '/apis/batch/v1/namespaces/<ns>/jobs'
const whole = (body: unknown): unknown => body
const pods = eventSummary(podSummary)

async function statefulSetLife(run: LifeRun): Promise<void> {
  await run.must('POST', '/api/v1/namespaces/<ns>/services', service)
  const created = await run.watch(0)
  await run.must('POST', sets, web)
  await run.states(0, created, {pick: pods})
  await run.get(1, setSummary)
  await run.get(2, whole)
  await run.get(3, each(claimSummary))
  await run.get(4, body => withoutOwner(picked('services#7', [], body)))
  const replaced = await run.watch(5)
  await run.must('DELETE', '/api/v1/namespaces/<ns>/pods/web-1')
  await run.states(5, replaced, {pick: pods})
  await run.until(async () => {
    const {body} = await run.ask('GET', `${sets}/web`)
    return readPath(body, 'status.availableReplicas') === 2
  })
  const rolledSet = await run.watch(6)
  await run.patch(`${sets}/web`, roll)
  await run.states(6, rolledSet, {pick: eventSummary(setSummary), mayMerge: true})
  const scaled = await run.watch(7)
  await run.patch(`${sets}/web`, {spec: {replicas: 0}})
  await run.states(7, scaled, {pick: pods})
  await run.get(8, body =>
    listOf(readPath(body, 'items')).map(it => [readPath(it, 'metadata.name'), readPath(it, 'status.phase')]),
  )
  await run.get(9, body => each(revisionSummary)(body).toSorted(byRevision))
}

const byRevision = (left: unknown, right: unknown): number =>
  Number(readPath(left, 'revision')) - Number(readPath(right, 'revision'))

/** The recorded node had no zone, so that its endpoints had none. */
const withoutZone = (endpoints: unknown): unknown[] =>
  listOf(endpoints).map(endpoint => {
    const {zone: _, ...rest} = objectOf(endpoint)
    return rest
  })

const withoutOwner = (slices: unknown): unknown =>
  listOf(slices).map(slice => ({
    labels: readPath(slice, 'labels'),
    endpoints: withoutZone(readPath(slice, 'endpoints')),
    ports: readPath(slice, 'ports'),
  }))

async function onDeleteLife(run: LifeRun): Promise<void> {
  await run.must('POST', sets, onDelete)
  await run.get(0, setSummary)
  await run.patch(`${sets}/od`, roll)
  await run.get(1, setSummary)
  await run.must('DELETE', '/api/v1/namespaces/<ns>/pods/od-0')
  await run.get(2, setSummary)
}

/** The recorded pods ended before their readiness was counted: Kubernetes counts once a second. */
const uncounted = (event: unknown): boolean => readPath(event, 'object.status.ready') !== 1

async function jobsLife(run: LifeRun): Promise<void> {
  await run.must('POST', '/apis/batch/v1/namespaces/<ns>/cronjobs', cronJob)
  const good = await run.watch(0)
  await run.must('POST', jobs, job('ok', 'true', {backoffLimit: 1}))
  await run.states(0, good, {pick: eventSummary(jobSummary), counts: uncounted})
  const bad = await run.watch(1)
  await run.must('POST', jobs, job('bad', 'exit 3', {backoffLimit: 0}))
  await run.states(1, bad, {pick: eventSummary(jobSummary), counts: uncounted})
  await run.get(2, each(podSummary))
  await run.get(3, each(podSummary))
  await run.must('POST', jobs, job('ttl', 'true', {ttlSecondsAfterFinished: 1}))
  await run.get(4, body => readPath(body, 'reason'))
  await run.must('POST', jobs, job('slow', 'sleep 3600', {activeDeadlineSeconds: 2}))
  await run.get(5, body => readPath(body, 'status'))
  // The next minute may be that far away.
  await run.get(6, cronJobSummary, 120)
  await run.get(7, each(scheduledJobSummary))
}
