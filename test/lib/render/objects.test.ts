import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {backupJobName, instanceName} from '../../../src/lib/model/names.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {at, list, text} from '../../../src/lib/observe/fields.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {createRenderer} from '../../../src/lib/render/renderer.ts'
import {waves} from '../../../src/lib/render/waves.ts'
import {loadTemplates} from '../../../src/lib/template-files.ts'
import {type Case, caseNames, readCase} from './cases.ts'
import {looseMounts, offences, podOf} from './pod-security.ts'

const renderer = createRenderer(loadTemplates())

function objectsOf({document, facts}: Case): KubeObject[] {
  const name = backupJobName(document.metadata.name, 'abcde')
  const job = {name, repo: 'repo1', type: 'incr', reason: 'replica-create'} as const
  const jobs = document.spec.backups ? [renderer.backupJob(document, facts, job)] : []
  return [...renderer.cluster(document, facts), ...jobs]
}

const find = (objects: readonly KubeObject[], kind: string, name: string): KubeObject | undefined =>
  objects.find(object => object.kind === kind && object.metadata.name === name)

/** The longest names that the model lets through. */
function longestNames(): Case {
  const {document, facts} = readCase('two-sets')
  const name = `c${'x'.repeat(40)}`
  const [set] = document.spec.instances
  const storage = {volume: {volumeClaimSpec: set?.dataVolumeClaimSpec}, schedules: {full: '0 1 * * 0'}}
  const long = parseDocument(
    {
      ...document,
      metadata: {name},
      spec: {
        ...document.spec,
        instances: [{...set, name: 'abcde', replicas: 2}],
        backups: {pgbackrest: {repos: [{name: 'repo1', ...storage}]}},
      },
    },
    'a test',
  )
  const instances = [9, 10].map(number => ({
    name: instanceName(name, 'abcde', number),
    set: 'abcde',
    running: true,
    bootstrap: 'initdb' as const,
  }))
  return {document: withDefaults(long), facts: {...facts, instances}}
}

describe.each(caseNames)('the objects of the case %s', name => {
  const given = readCase(name)
  const objects = objectsOf(given)

  it('have one name each', () => {
    const names = objects.map(({kind, metadata}) => `${kind}/${metadata.name}`)
    expect(names.length).toBe(new Set(names).size)
  })

  it('are in their namespace, carry the cluster label, and belong to the owner unless they hold data', () => {
    for (const {kind, metadata} of objects) {
      expect(metadata.namespace).toBe('db')
      expect(metadata.labels?.['postgres-operator.crunchydata.com/cluster']).toBe(
        given.document.metadata.name,
      )
      expect(metadata.ownerReferences?.length ?? 0).toBe(kind === 'PersistentVolumeClaim' ? 0 : 1)
    }
  })

  it('run only pods that the restricted Pod Security Standard admits', () => {
    const pods = objects.filter(object => podOf(object) !== undefined)
    expect(pods.length).toBeGreaterThan(0)
    for (const pod of pods) expect([pod.metadata.name, offences(podOf(pod))]).toEqual([pod.metadata.name, []])
  })

  it('mount every volume, and only volumes that exist', () => {
    for (const object of objects) expect(looseMounts(podOf(object))).toEqual([])
  })

  it('hold no null and no Secret', () => {
    expect(JSON.stringify(objects)).not.toMatch(/[:[,]null[,}\]]/)
    expect(objects.filter(({kind}) => kind === 'Secret')).toEqual([])
  })

  it('select their own pods', () => {
    for (const object of objects.filter(({kind}) => kind === 'StatefulSet')) {
      const labels = at(podOf(object), 'metadata', 'labels')
      expect(labels).toMatchObject(Object(at(object, 'spec', 'selector', 'matchLabels')))
    }
  })
})

describe('a rendered cluster', () => {
  it('has names that Kubernetes accepts even when they are as long as the model allows', () => {
    const objects = objectsOf(longestNames())
    for (const {kind, metadata} of objects) {
      const limit = kind === 'CronJob' || kind === 'StatefulSet' ? 52 : 63
      expect([kind, metadata.name, (metadata.name ?? '').length <= limit]).toEqual([
        kind,
        metadata.name,
        true,
      ])
    }
  })

  it('keeps a fifth wheel off: without volume repositories there is no repository host and no affinity to it', () => {
    const objects = objectsOf(readCase('s3'))
    expect(find(objects, 'StatefulSet', 'hippo-repo-host')).toBeUndefined()
    const job = find(objects, 'Job', 'hippo-backup-abcde')
    expect(at(job, 'spec', 'template', 'spec', 'affinity')).toBeUndefined()
    expect(
      text(find(objects, 'ConfigMap', 'hippo-pgbackrest-config'), 'data', 'pgbackrest_instance.conf'),
    ).not.toMatch(/host/)
  })

  it('makes scheduled backups with the very pod of a one-off backup', () => {
    const given = readCase('two-sets')
    const objects = objectsOf(given)
    const scheduled = podOf(Object(find(objects, 'CronJob', 'rhino-repo2-incr')))
    const request = {name: 'once', repo: 'repo2', type: 'incr', reason: 'scheduled'} as const
    expect(scheduled).toEqual(podOf(renderer.backupJob(given.document, given.facts, request)))
  })

  it('has no pgBackRest anywhere when the document asks for no backups', () => {
    const objects = objectsOf(readCase('no-backups'))
    const pod = podOf(Object(find(objects, 'StatefulSet', 'hippo-pg-1')))
    expect(list(pod, 'spec', 'containers').map(container => text(container, 'name'))).toEqual(['database'])
    expect(list(pod, 'spec', 'volumes').map(volume => text(volume, 'name'))).not.toContain(
      'pgbackrest-config',
    )
    expect(find(objects, 'ConfigMap', 'hippo-pgbackrest-config')).toBeUndefined()
  })

  it('keeps the repository host until the last instance has stopped', () => {
    const {document, facts} = readCase('shutdown')
    const instances = facts.instances.map((instance, index) => ({...instance, running: index === 0}))
    const replicas = (given: Case) =>
      objectsOf(given)
        .filter(({kind}) => kind === 'StatefulSet')
        .map(object => [object.metadata.name, at(object, 'spec', 'replicas')])
    const stopped = ['hippo-pg-2', 'hippo-pg-3'].map(name => [name, 0])
    expect(replicas({document, facts: {...facts, instances}})).toEqual([
      ['hippo-repo-host', 1],
      ['hippo-pg-1', 1],
      ...stopped,
    ])
    expect(replicas({document, facts})).toEqual([['hippo-repo-host', 0], ['hippo-pg-1', 0], ...stopped])
  })

  it('suspends schedules until a first backup exists', () => {
    const {document, facts} = readCase('two-sets')
    const suspended = (ready: boolean) =>
      renderer
        .cluster(document, {...facts, replicaCreateReady: ready})
        .filter(({kind}) => kind === 'CronJob')
        .map(object => at(object, 'spec', 'suspend'))
    expect(suspended(false)).toEqual([true, true, true])
    expect(suspended(true)).toEqual([false, false, false])
  })

  it('is applied in an order in which nothing refers to what comes later', () => {
    const kinds = waves(objectsOf(readCase('default'))).map(wave =>
      [...new Set(wave.map(({kind}) => kind))].sort(),
    )
    expect(kinds).toEqual([
      ['ConfigMap', 'PersistentVolumeClaim', 'Role', 'Service', 'ServiceAccount'],
      ['EndpointSlice', 'RoleBinding'],
      ['Job', 'PodDisruptionBudget', 'StatefulSet'],
    ])
  })
})
