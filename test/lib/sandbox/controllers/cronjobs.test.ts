import type {CronJob, CronJobSpec, Job} from 'kubernetes-types/batch/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startCronJobs} from '../../../../src/lib/sandbox/controllers/cronjobs/controller.ts'
import {scheduleOf, zonedTime} from '../../../../src/lib/sandbox/controllers/cronjobs/schedule.ts'
import {cronJobs, jobs} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster, podSpec} from './cluster.ts'

const minute = 60_000

const cron = (spec: Partial<CronJobSpec> = {}): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: {name: 'tick', namespace: 'db'},
  spec: {
    schedule: '*/5 * * * *',
    jobTemplate: {metadata: {labels: {x: 'y'}}, spec: {template: {spec: podSpec()}}},
    ...spec,
  },
})

async function clusterWith(spec: Partial<CronJobSpec> = {}): Promise<Cluster> {
  const cluster = await new Cluster().start(startCronJobs)
  await cluster.clock.advance(90_000)
  cluster.registry.create(cronJobs, cron(spec))
  await cluster.settle()
  return cluster
}

const all = (cluster: Cluster): Job[] => cluster.registry.list(jobs)
const status = (cluster: Cluster) => cluster.registry.get(cronJobs, 'db', 'tick')?.status

async function finish(
  cluster: Cluster,
  name: string,
  type: 'Complete' | 'Failed' = 'Complete',
): Promise<void> {
  const time = cluster.clock.now().toISOString()
  cluster.registry.modify(
    jobs,
    'db',
    name,
    draft => {
      draft.status = {
        conditions: [{type, status: 'True', lastTransitionTime: time}],
        startTime: time,
        ...(type === 'Complete' ? {completionTime: time} : {}),
      }
    },
    'status',
  )
  await cluster.settle()
}

const nameAt = (time: string): string => `tick-${Date.parse(time) / minute}`

describe('a CronJob', () => {
  it('starts a Job named after its minute when it is due, and not before', async () => {
    const cluster = await clusterWith()
    await cluster.clock.advance(3 * minute)
    expect(all(cluster)).toEqual([])
    await cluster.clock.advance(minute)
    expect(all(cluster)).toMatchObject([
      {
        metadata: {
          name: nameAt('2026-01-01T00:05:00Z'),
          labels: {x: 'y'},
          annotations: {'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:05:00Z'},
          ownerReferences: [{kind: 'CronJob', name: 'tick', controller: true}],
        },
      },
    ])
    expect(status(cluster)).toMatchObject({
      lastScheduleTime: '2026-01-01T00:05:00Z',
      active: [{name: nameAt('2026-01-01T00:05:00Z')}],
    })
  })

  it('lets runs overlap by default', async () => {
    const cluster = await clusterWith()
    await cluster.clock.advance(10 * minute)
    expect(status(cluster)?.active).toHaveLength(2)
  })

  it('with Forbid waits for the run before, then makes up for the missed one', async () => {
    const cluster = await clusterWith({concurrencyPolicy: 'Forbid'})
    await cluster.clock.advance(10 * minute)
    expect(all(cluster)).toHaveLength(1)
    expect(cluster.reasons()).toContain('JobAlreadyActive')
    await finish(cluster, nameAt('2026-01-01T00:05:00Z'))
    expect(all(cluster).map(job => job.metadata?.name)).toContain(nameAt('2026-01-01T00:10:00Z'))
  })

  it('with Replace ends the run before', async () => {
    const cluster = await clusterWith({concurrencyPolicy: 'Replace'})
    await cluster.clock.advance(10 * minute)
    expect(all(cluster).map(job => job.metadata?.name)).toEqual([nameAt('2026-01-01T00:10:00Z')])
    expect(status(cluster)?.active).toHaveLength(1)
  })

  it('that is suspended starts nothing', async () => {
    const cluster = await clusterWith({suspend: true})
    await cluster.clock.advance(60 * minute)
    expect(all(cluster)).toEqual([])
  })

  it('skips a run that it noticed later than its deadline allows', async () => {
    const cluster = await clusterWith({suspend: true, startingDeadlineSeconds: 60})
    await cluster.clock.advance(5 * minute)
    cluster.registry.modify(cronJobs, 'db', 'tick', draft => {
      if (draft.spec) draft.spec.suspend = false
    })
    await cluster.settle()
    expect(all(cluster)).toEqual([])
    expect(cluster.reasons()).toContain('MissSchedule')
    await cluster.clock.advance(5 * minute)
    expect(all(cluster)).toHaveLength(1)
  })

  it('notes success and keeps only the newest finished Jobs', async () => {
    const cluster = await clusterWith({successfulJobsHistoryLimit: 1})
    await cluster.clock.advance(5 * minute)
    await finish(cluster, nameAt('2026-01-01T00:05:00Z'))
    expect(status(cluster)?.lastSuccessfulTime).toBeDefined()
    expect(status(cluster)?.active).toBeUndefined()
    await cluster.clock.advance(5 * minute)
    await finish(cluster, nameAt('2026-01-01T00:10:00Z'))
    expect(all(cluster).map(job => job.metadata?.name)).toEqual([nameAt('2026-01-01T00:10:00Z')])
  })
})

describe('a schedule', () => {
  const at = (time: string, spec: Partial<CronJobSpec>, creationTimestamp = '2026-01-01T00:00:00Z') => {
    const object = cron(spec)
    return scheduleOf({...object, metadata: {...object.metadata, creationTimestamp}}, new Date(time))
  }

  it('is read in its time zone', () => {
    const berlin = {schedule: '0 3 * * *', timeZone: 'Europe/Berlin'}
    expect(at('2026-01-02T01:59:59Z', berlin).next?.toISOString()).toBe('2026-01-02T02:00:00.000Z')
    expect(at('2026-07-02T00:30:00Z', berlin).next?.toISOString()).toBe('2026-07-02T01:00:00.000Z')
    expect(zonedTime(new Date('2026-07-02T01:00:00Z'), 'Europe/Berlin')).toBe('2026-07-02T03:00:00+02:00')
    expect(zonedTime(new Date('2026-07-02T01:00:00Z'), undefined)).toBe('2026-07-02T01:00:00Z')
  })

  it('is due in the very second of its time', () => {
    expect(at('2026-01-01T00:05:00Z', {}).due?.toISOString()).toBe('2026-01-01T00:05:00.000Z')
    expect(at('2026-01-01T00:04:59Z', {}).due).toBeUndefined()
  })

  it('of a new CronJob owes no runs from before it existed', () => {
    expect(at('2026-01-01T00:07:00Z', {}, '2026-01-01T00:06:00Z').due).toBeUndefined()
  })

  it('nobody can read throws', () => {
    expect(() => at('2026-01-01T00:00:00Z', {schedule: 'every day'})).toThrow()
  })
})
