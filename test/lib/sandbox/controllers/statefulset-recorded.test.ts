import {readFileSync} from 'node:fs'
import type {StatefulSetStatus} from 'kubernetes-types/apps/v1.d.ts'
import type {PodTemplateSpec} from 'kubernetes-types/core/v1.d.ts'
import {expect, it} from 'vitest'
import {startStatefulSets} from '../../../../src/lib/sandbox/controllers/statefulset/controller.ts'
import {statefulSets} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

interface Recording {
  steps: {method: string; path: string; response: {status?: StatefulSetStatus}[]}[]
}

/** Statuses of the set in the recording of a real rolling update, in order, without repetitions. */
function recorded(): string[] {
  const file = new URL('../../../conformance/recordings/statefulset_life.json', import.meta.url)
  const {steps}: Recording = JSON.parse(readFileSync(file, 'utf8'))
  const watched = steps.find(({method, path}) => method === 'WATCH' && path.includes('/statefulsets'))
  return distinct((watched?.response ?? []).map(({status}) => status))
}

const distinct = (statuses: (StatefulSetStatus | undefined)[]): string[] =>
  statuses
    .map(status => JSON.stringify(status, sortedKeys(status)))
    .filter((text, at, all) => text !== all[at - 1])

const sortedKeys = (status: StatefulSetStatus | undefined): string[] => Object.keys(status ?? {}).toSorted()

const template = (roll?: string): PodTemplateSpec => {
  const quiet = {terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File'}
  const common = {resources: {}, ...quiet, imagePullPolicy: 'IfNotPresent', image: 'localhost/busybox:1'}
  const probe = {timeoutSeconds: 1, periodSeconds: 1, successThreshold: 1, failureThreshold: 3}
  return {
    metadata: {labels: {app: 'web'}, ...(roll ? {annotations: {roll}} : {})},
    spec: {
      initContainers: [{name: 'init', command: ['true'], ...common}],
      containers: [
        {
          name: 'main',
          command: ['sh', '-c', 'touch /tmp/ok; sleep 3600'],
          volumeMounts: [{name: 'data', mountPath: '/data'}],
          readinessProbe: {exec: {command: ['cat', '/tmp/ok']}, ...probe},
          ...common,
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 1,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
  }
}

it('a rolling update shows the same statuses, revisions included, as it did in a real Kubernetes', async () => {
  const cluster = await new Cluster().start(startStatefulSets)
  const selector = {matchLabels: {app: 'web'}}
  cluster.registry.create(statefulSets, {
    metadata: {name: 'web', namespace: 'db'},
    spec: {serviceName: 'web', replicas: 2, selector, template: template()},
  })
  await cluster.settle()
  const run = async (name: string): Promise<void> => {
    await cluster.bind(name)
    await cluster.ready(name)
  }
  await run('web-0')
  await run('web-1')
  const seen = [cluster.registry.get(statefulSets, 'db', 'web')?.status]
  cluster.registry.watch(statefulSets, ({object}) => seen.push(object.status))
  cluster.registry.modify(statefulSets, 'db', 'web', draft => {
    if (draft.spec) draft.spec.template = template('1')
  })
  await cluster.settle()
  for (const name of ['web-1', 'web-0']) {
    expect(cluster.pod(name).metadata?.deletionTimestamp).toBeDefined()
    await cluster.report(name, 'Failed')
    await cluster.gone(name)
    await run(name)
  }
  expect(distinct(seen)).toEqual(recorded())
})
