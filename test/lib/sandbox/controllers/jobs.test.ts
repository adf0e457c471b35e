import type {Job, JobSpec, JobStatus} from 'kubernetes-types/batch/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startGarbageCollector} from '../../../../src/lib/sandbox/controllers/garbage/collector.ts'
import {startJobs} from '../../../../src/lib/sandbox/controllers/jobs/controller.ts'
import {formatIndexes, parseIndexes} from '../../../../src/lib/sandbox/controllers/jobs/indexes.ts'
import {startJobTtl} from '../../../../src/lib/sandbox/controllers/jobs/ttl.ts'
import {jobs, pods} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const job = (spec: Partial<JobSpec> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {name: 'backup', namespace: 'db'},
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: {matchLabels: {job: 'backup'}},
    template: {metadata: {labels: {job: 'backup'}}, spec: {...podSpec(), restartPolicy: 'Never'}},
    ...spec,
  },
})

interface Run {
  cluster: Cluster
  /** Every distinct status, in order. */
  seen: JobStatus[]
}

async function run(spec: Partial<JobSpec> = {}): Promise<Run> {
  const cluster = await new Cluster().start(startJobs, startJobTtl, startGarbageCollector)
  const seen: JobStatus[] = []
  cluster.registry.watch(jobs, ({object}) => seen.push(object.status ?? {}))
  cluster.registry.create(jobs, job(spec))
  await cluster.settle()
  return {cluster, seen}
}

const status = (cluster: Cluster) => cluster.registry.get(jobs, 'db', 'backup')?.status
const types = (cluster: Cluster) =>
  status(cluster)?.conditions?.map(({type, status: value}) => `${type}=${value}`)
const living = (cluster: Cluster): Pod[] =>
  cluster.registry.list(pods).filter(each => !['Succeeded', 'Failed'].includes(each.status?.phase ?? ''))

async function finish(cluster: Cluster, phase: 'Succeeded' | 'Failed', exitCode = 1): Promise<void> {
  const name = living(cluster)[0]?.metadata?.name ?? ''
  const finishedAt = cluster.clock.now().toISOString()
  const containerStatuses = [{name: 'main', state: {terminated: {exitCode, finishedAt}}}]
  cluster.registry.modify(
    pods,
    'db',
    name,
    draft => Object.assign(draft, {status: {phase, containerStatuses}}),
    'status',
  )
  await cluster.settle()
}

describe('a Job', () => {
  it('goes through the same states as in Kubernetes when its pod succeeds', async () => {
    const {cluster, seen} = await run()
    const uid = living(cluster)[0]?.metadata?.uid
    await finish(cluster, 'Succeeded')
    const met = {type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached'}
    expect(seen).toHaveLength(4)
    expect(seen[1]).toEqual({
      startTime: '2026-01-01T00:00:00Z',
      active: 1,
      terminating: 0,
      uncountedTerminatedPods: {},
      ready: 0,
    })
    expect(seen[2]).toMatchObject({conditions: [met], uncountedTerminatedPods: {succeeded: [uid]}})
    expect(seen[2]).not.toHaveProperty('active')
    expect(seen[2]).not.toHaveProperty('succeeded')
    expect(seen[3]).toMatchObject({
      conditions: [met, {type: 'Complete', status: 'True', reason: 'CompletionsReached'}],
      completionTime: '2026-01-01T00:00:00Z',
      succeeded: 1,
      uncountedTerminatedPods: {},
    })
  })

  it('goes through the same states as in Kubernetes when its pod fails for the last time', async () => {
    const {cluster, seen} = await run({backoffLimit: 0})
    const uid = living(cluster)[0]?.metadata?.uid
    await finish(cluster, 'Failed')
    const target = {type: 'FailureTarget', status: 'True', reason: 'BackoffLimitExceeded'}
    expect(seen[2]).toMatchObject({conditions: [target], uncountedTerminatedPods: {failed: [uid]}})
    expect(seen[3]).toMatchObject({
      conditions: [
        target,
        {
          type: 'Failed',
          reason: 'BackoffLimitExceeded',
          message: 'Job has reached the specified backoff limit',
        },
      ],
      failed: 1,
    })
    expect(cluster.registry.list(pods)[0]?.metadata?.finalizers).toBeUndefined()
  })

  it('holds its pods by a finalizer until they are counted', async () => {
    const {cluster} = await run()
    expect(living(cluster)[0]?.metadata?.finalizers).toEqual(['batch.kubernetes.io/job-tracking'])
    expect(living(cluster)[0]?.metadata?.name).toMatch(/^backup-/)
  })

  it('tries again after ten seconds, then twenty', async () => {
    const {cluster} = await run()
    await finish(cluster, 'Failed')
    expect(living(cluster)).toHaveLength(0)
    await cluster.clock.advance(9_999)
    expect(living(cluster)).toHaveLength(0)
    await cluster.clock.advance(1)
    expect(living(cluster)).toHaveLength(1)
    await finish(cluster, 'Failed')
    await cluster.clock.advance(19_999)
    expect(living(cluster)).toHaveLength(0)
    await cluster.clock.advance(1)
    expect(living(cluster)).toHaveLength(1)
    expect(status(cluster)?.failed).toBe(2)
  })

  it('ends its pod and fails when it takes longer than its deadline', async () => {
    const {cluster} = await run({activeDeadlineSeconds: 30})
    await cluster.bind(living(cluster)[0]?.metadata?.name ?? '')
    await cluster.clock.advance(30_000)
    const pod = living(cluster)[0]
    expect(pod?.metadata?.deletionTimestamp).toBeDefined()
    expect(types(cluster)).toEqual(['FailureTarget=True'])
    await cluster.gone(pod?.metadata?.name ?? '')
    expect(types(cluster)).toEqual(['FailureTarget=True', 'Failed=True'])
    expect(status(cluster)).toMatchObject({failed: 1, terminating: 0})
    expect(cluster.reasons()).toContain('DeadlineExceeded')
  })

  it('runs as many pods at once as it may, until all completions are there', async () => {
    const {cluster} = await run({parallelism: 2, completions: 3})
    expect(living(cluster)).toHaveLength(2)
    await finish(cluster, 'Succeeded')
    expect(living(cluster)).toHaveLength(2)
    await finish(cluster, 'Succeeded')
    expect(living(cluster)).toHaveLength(1)
    await finish(cluster, 'Succeeded')
    expect(types(cluster)).toContain('Complete=True')
    expect(status(cluster)?.succeeded).toBe(3)
  })

  it('that is suspended has no pods and counts none as failed', async () => {
    const {cluster} = await run()
    const suspend = async (value: boolean): Promise<void> => {
      cluster.registry.modify(jobs, 'db', 'backup', draft => {
        if (draft.spec) draft.spec.suspend = value
      })
      await cluster.settle()
    }
    await suspend(true)
    expect(living(cluster)).toHaveLength(0)
    expect(types(cluster)).toEqual(['Suspended=True'])
    expect(status(cluster)?.failed).toBeUndefined()
    expect(status(cluster)?.startTime).toBeUndefined()
    await suspend(false)
    expect(living(cluster)).toHaveLength(1)
    expect(types(cluster)).toEqual(['Suspended=False'])
  })

  it('replaces a pod that somebody deleted', async () => {
    const {cluster} = await run()
    const first = living(cluster)[0]?.metadata?.name ?? ''
    cluster.registry.delete(pods, 'db', first)
    await cluster.clock.advance(10_000)
    expect(living(cluster).map(each => each.metadata?.name)).not.toContain(first)
    expect(living(cluster)).toHaveLength(1)
  })

  it('is deleted with its pods when its time to live is over', async () => {
    const {cluster} = await run({ttlSecondsAfterFinished: 60})
    await finish(cluster, 'Succeeded')
    await cluster.clock.advance(59_000)
    expect(status(cluster)).toBeDefined()
    await cluster.clock.advance(1_000)
    expect(status(cluster)).toBeUndefined()
    expect(cluster.registry.list(pods)).toEqual([])
  })

  it('deleted in the middle of its work leaves no pod behind', async () => {
    const {cluster} = await run()
    const name = living(cluster)[0]?.metadata?.name ?? ''
    await cluster.bind(name)
    cluster.registry.delete(jobs, 'db', 'backup')
    await cluster.settle()
    await cluster.gone(name)
    expect(cluster.registry.list(pods)).toEqual([])
  })

  it('ignores failures, or fails at once, as its failure policy says', async () => {
    const onExitCodes = (operator: string, ...values: number[]) => ({onExitCodes: {operator, values}})
    const rules = [
      {action: 'Ignore', ...onExitCodes('In', 7)},
      {action: 'FailJob', ...onExitCodes('In', 42)},
    ]
    const {cluster} = await run({podFailurePolicy: {rules}})
    await finish(cluster, 'Failed', 7)
    expect(status(cluster)?.failed).toBeUndefined()
    expect(living(cluster)).toHaveLength(1)
    await finish(cluster, 'Failed', 42)
    expect(types(cluster)).toEqual(['FailureTarget=True', 'Failed=True'])
    expect(status(cluster)?.conditions?.[1]?.message).toMatch(
      /^Container main for pod db\/backup-\w+ failed with exit code 42 matching FailJob rule at index 1$/,
    )
  })

  it('numbers its completions when indexed', async () => {
    const {cluster} = await run({completionMode: 'Indexed', completions: 3, parallelism: 3})
    expect(living(cluster).map(each => each.spec?.hostname)).toEqual(['backup-0', 'backup-1', 'backup-2'])
    await finish(cluster, 'Succeeded')
    await finish(cluster, 'Succeeded')
    expect(status(cluster)?.completedIndexes).toBe('0,1')
  })
})

describe('a set of indexes', () => {
  it('is written with ranges of three and more', () => {
    expect(formatIndexes(new Set([7, 1, 3, 4, 5, 8]))).toBe('1,3-5,7,8')
    expect([...parseIndexes('1,3-5,7,8')]).toEqual([1, 3, 4, 5, 7, 8])
    expect(parseIndexes(undefined).size).toBe(0)
  })
})
