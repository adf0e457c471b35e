import {expect, test} from 'vitest'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {scheduleProblem} from '../../../../../src/lib/sandbox/apiserver/kinds/workloads/schedule.ts'
import {create, type Json, kindOf, row, setSpec, table, update} from './fixture.ts'

const kinds = table()
const containers = [{name: 'main', image: 'postgres:17', ports: [{containerPort: 5432, name: 'pg'}]}]
const template = (app: string): Json => ({metadata: {labels: {app}}, spec: {containers}})
const workload = (more: Json = {}): Json => ({
  metadata: {name: 'web'},
  spec: {selector: {matchLabels: {app: 'web'}}, template: template('web'), ...more},
})

const statefulSets = kindOf(kinds, 'statefulsets')
const deployments = kindOf(kinds, 'deployments')
const jobs = kindOf(kinds, 'jobs')
const cronJobs = kindOf(kinds, 'cronjobs')

test('a StatefulSet gets the defaults of a real API', () => {
  const made = create(statefulSets, workload({serviceName: 'web', replicas: 0}))
  expect(made['spec']).toEqual({
    replicas: 0,
    selector: {matchLabels: {app: 'web'}},
    template: {
      metadata: {labels: {app: 'web'}},
      spec: {
        containers: [
          {
            name: 'main',
            image: 'postgres:17',
            ports: [{name: 'pg', containerPort: 5432, protocol: 'TCP'}],
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
      },
    },
    serviceName: 'web',
    podManagementPolicy: 'OrderedReady',
    updateStrategy: {type: 'RollingUpdate', rollingUpdate: {partition: 0}},
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {whenDeleted: 'Retain', whenScaled: 'Retain'},
  })
  expect(made['status']).toEqual({replicas: 0, availableReplicas: 0})
})

test('claim templates are volumes of the pods, complete in themselves', () => {
  const claim = {
    metadata: {name: 'data'},
    spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}},
  }
  const mounting = template('web')
  mounting['spec'] = {
    containers: [{name: 'm', image: 'i:1', volumeMounts: [{name: 'data', mountPath: '/d'}]}],
  }
  const made = create(statefulSets, workload({volumeClaimTemplates: [claim], template: mounting}))
  expect(at(made, 'spec', 'volumeClaimTemplates', 0)).toMatchObject({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    spec: {volumeMode: 'Filesystem'},
    status: {phase: 'Pending'},
  })
})

test('most of a StatefulSet cannot change', () => {
  const old = create(statefulSets, workload({serviceName: 'web'}))
  expect(at(update(statefulSets, old, setSpec('replicas', 3)), 'metadata', 'generation')).toBe(2)
  expect(() => update(statefulSets, old, setSpec('serviceName', 'else'))).toThrow(
    'StatefulSet.apps "web" is invalid: spec: Forbidden: updates to statefulset spec for fields other than ' +
      "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', " +
      "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  )
})

test.each<[Json, string]>([
  [
    {template: template('other')},
    'spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`',
  ],
  [
    {template: {metadata: {labels: {app: 'web'}}, spec: {containers: []}}},
    'is invalid: spec.template.spec.containers: Required value',
  ],
  [{replicas: -1}, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  [{selector: undefined}, 'spec.selector: Required value'],
])('a StatefulSet with %j is invalid', (spec, sentence) => {
  expect(() => create(statefulSets, workload(spec))).toThrow(sentence)
})

test('a Deployment rolls by a quarter, and its selector is fixed', () => {
  const old = create(deployments, workload())
  expect(at(old, 'spec', 'strategy')).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: {maxUnavailable: '25%', maxSurge: '25%'},
  })
  const moved = {selector: {matchLabels: {app: 'x'}}, template: template('x')}
  expect(() => update(deployments, old, draft => Object.assign(at(draft, 'spec') ?? {}, moved))).toThrow(
    'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
  )
})

test('a Recreate strategy takes no rolling parameters', () => {
  const strategy = {type: 'Recreate', rollingUpdate: {maxSurge: 1}}
  expect(() => create(deployments, workload({strategy}))).toThrow(
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  )
})

const job = (spec: Json = {}): Json => ({
  metadata: {name: 'job', uid: '12345678-90ab'},
  spec: {template: {spec: {containers, restartPolicy: 'Never'}}, ...spec},
})

test('a Job finds its pods by its own identity', () => {
  const made = create(jobs, job())
  const labels = {
    'controller-uid': '12345678-90ab',
    'batch.kubernetes.io/controller-uid': '12345678-90ab',
    'job-name': 'job',
    'batch.kubernetes.io/job-name': 'job',
  }
  expect(at(made, 'metadata', 'labels')).toEqual(labels)
  expect(at(made, 'spec', 'template', 'metadata', 'labels')).toEqual(labels)
  expect(at(made, 'spec', 'selector')).toEqual({
    matchLabels: {'batch.kubernetes.io/controller-uid': '12345678-90ab'},
  })
  expect(made['spec']).toMatchObject({parallelism: 1, completions: 1, backoffLimit: 6, suspend: false})
})

test('a Job must say whether its pods restart', () => {
  expect(() => create(jobs, job({template: {spec: {containers}}}))).toThrow(
    'Job.batch "job" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  )
})

test("a Job's template is immutable, and the refusal shows it as Go does", () => {
  const old = create(jobs, job())
  const edit = (draft: Json) =>
    Object.assign(at(draft, 'spec', 'template', 'spec', 'containers', 0) ?? {}, {image: 'else'})
  expect(() => update(jobs, old, edit)).toThrow(
    /spec\.template\.spec: Invalid value: \{"Volumes":null,"InitContainers":null,"Containers":\[\{"Name":"main","Image":"else".*"SchedulingGroup":null\}: field is immutable$/,
  )
})

test('the columns of a Job tell its state and duration', () => {
  const status = {
    startTime: '2026-01-02T03:00:00Z',
    completionTime: '2026-01-02T03:00:40Z',
    succeeded: 1,
    conditions: [{type: 'Complete', status: 'True'}],
  }
  expect(row(jobs, {...create(jobs, job()), status}).slice(0, 4)).toEqual(['job', 'Complete', '1/1', '40s'])
})

const cron = (schedule: string): Json => ({
  metadata: {name: 'cron'},
  spec: {schedule, jobTemplate: {spec: {template: {spec: {containers, restartPolicy: 'Never'}}}}},
})

test('a CronJob gets the defaults of a real API', () => {
  expect(create(cronJobs, cron('0 1 * * 0'))['spec']).toMatchObject({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: {metadata: {}},
  })
  expect(() => create(cronJobs, cron('every day'))).toThrow(
    'CronJob.batch "cron" is invalid: spec.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: [every day]',
  )
})

test.each([
  ['*/5 * * * *', undefined],
  ['@daily', undefined],
  ['0 0 1-7 jan,feb mon-fri', undefined],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
])('the schedule %s is judged', (schedule, problem) => {
  expect(scheduleProblem(schedule)).toBe(problem)
})
