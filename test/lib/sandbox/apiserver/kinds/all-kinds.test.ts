import {expect, test} from 'vitest'
import {objectOf} from '../../../../../src/lib/sandbox/apiserver/json.ts'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {create, type Json, row, table, update} from './fixture.ts'

const kinds = table().all()
const containers = [{name: 'c', image: 'i:1'}]
const labels = {app: 'a'}
const template = {metadata: {labels}, spec: {containers}}
const workload = {selector: {matchLabels: labels}, template}
const job = {template: {spec: {containers, restartPolicy: 'Never'}}}
const role = {roleRef: {kind: 'ClusterRole', name: 'view'}, subjects: [{kind: 'User', name: 'bob'}]}
const rules = {rules: [{apiGroups: [''], resources: ['pods'], verbs: ['get']}]}
const crdVersion = {name: 'v1', served: true, storage: true, schema: {openAPIV3Schema: {type: 'object'}}}

/** What each kind needs besides a name. */
const samples: Record<string, Json> = {
  pods: {spec: {containers}},
  services: {spec: {ports: [{port: 1}]}},
  persistentvolumeclaims: {spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}},
  persistentvolumes: {
    spec: {accessModes: ['ReadWriteOnce'], capacity: {storage: '1Gi'}, hostPath: {path: '/x'}},
  },
  endpointslices: {addressType: 'IPv4', endpoints: [{addresses: ['10.0.0.1']}], ports: [{port: 1}]},
  events: {
    involvedObject: {namespace: 'ns', kind: 'Pod', name: 'p'},
    eventTime: '2026-01-02T03:04:05.000000Z',
    reportingController: 'c',
    reportingInstance: 'i',
    action: 'a',
    reason: 'r',
    type: 'Normal',
  },
  statefulsets: {spec: workload},
  deployments: {spec: workload},
  replicasets: {spec: workload},
  daemonsets: {spec: workload},
  jobs: {spec: job},
  cronjobs: {spec: {schedule: '@daily', jobTemplate: {spec: job}}},
  ingresses: {spec: {defaultBackend: {service: {name: 's', port: {number: 1}}}}},
  storageclasses: {provisioner: 'p'},
  csistoragecapacities: {storageClassName: 'c'},
  volumeattachments: {spec: {attacher: 'a', nodeName: 'n', source: {persistentVolumeName: 'v'}}},
  volumeattributesclasses: {driverName: 'd'},
  roles: rules,
  clusterroles: rules,
  rolebindings: role,
  clusterrolebindings: role,
  customresourcedefinitions: {
    metadata: {name: 'ws.example.com'},
    spec: {group: 'example.com', scope: 'Cluster', names: {plural: 'ws', kind: 'W'}, versions: [crdVersion]},
  },
}

const sample = (plural: string): Json => ({metadata: {name: 'x'}, ...samples[plural]})

test.each(kinds.map(kind => [kind.plural, kind] as const))(
  '%s: what is stored is a fixed point',
  (plural, kind) => {
    const made = create(kind, sample(plural))
    expect(update(kind, made, () => {})).toEqual(made)
  },
)

test.each(kinds.map(kind => [kind.plural, kind] as const))(
  '%s: an object shows in a table',
  (plural, kind) => {
    const cells = row(kind, create(kind, sample(plural)))
    expect(cells).toHaveLength(kind.columns.length)
    expect(cells.filter(cell => cell === undefined)).toEqual([])
  },
)

test.each(kinds.map(kind => [kind.plural, kind] as const))(
  '%s: an empty object breaks no column',
  (_, kind) => {
    expect(() => row(kind, {})).not.toThrow()
  },
)

test.each(kinds.map(kind => [kind.plural, kind] as const))(
  '%s: an empty object is judged, not crashed on',
  (_, kind) => {
    let refusal: unknown
    try {
      create(kind, {})
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({name: 'StatusError'})
  },
)

test('a name starts with generateName where it has one', () => {
  const [kind] = kinds.filter(each => each.plural === 'configmaps')
  if (!kind) throw new Error('no ConfigMaps')
  const made = create(kind, {metadata: {name: 'a-b', generateName: 'a-'}})
  expect(objectOf(at(made, 'metadata'))['generateName']).toBe('a-')
  expect(() => create(kind, {metadata: {name: 'a-b', generateName: 'A_'}})).toThrow(
    'metadata.generateName: Invalid value',
  )
})

test('a quantity that is none is refused while decoding', () => {
  const [pods] = kinds.filter(each => each.plural === 'pods')
  if (!pods) throw new Error('no Pods')
  const bad = {containers: [{name: 'c', image: 'i', resources: {limits: {cpu: 'lots'}}}]}
  expect(() => create(pods, {metadata: {name: 'p'}, spec: bad})).toThrow(
    'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression',
  )
})
