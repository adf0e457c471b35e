import {expect, test} from 'vitest'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {contextOf, create, type Json, kindOf, row, setSpec, table, update, usual} from './fixture.ts'

const kinds = table()
const configMaps = kindOf(kinds, 'configmaps')
const secrets = kindOf(kinds, 'secrets')
const claims = kindOf(kinds, 'persistentvolumeclaims')
const classes = kindOf(kinds, 'storageclasses')
const namespaces = kindOf(kinds, 'namespaces')
const budgets = kindOf(kinds, 'poddisruptionbudgets')

test.each<[Json, string]>([
  [
    {metadata: {name: 'Bad_Name'}},
    'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain',
  ],
  [
    {metadata: {name: ''}},
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  ],
  [
    {metadata: {name: 'a', labels: {'bad key!': 'x'}}},
    'ConfigMap "a" is invalid: metadata.labels: Invalid value: "bad key!": name part must consist of alphanumeric ' +
      "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or " +
      "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  [
    {metadata: {name: 'a'}, data: {'b c': ''}},
    'data[b c]: Invalid value: "b c": a valid config key must consist of',
  ],
])('the ConfigMap %j is invalid', (object, sentence) => {
  expect(() => create(configMaps, object)).toThrow(sentence)
})

test('a frozen ConfigMap stays as it is', () => {
  const old = create(configMaps, {metadata: {name: 'c'}, data: {a: '1'}, immutable: true})
  const edit = (draft: Json) => Object.assign(draft, {data: {a: '2'}})
  expect(() => update(configMaps, old, edit)).toThrow(
    'ConfigMap "c" is invalid: data: Forbidden: field is immutable when `immutable` is set',
  )
})

test('plain data of a Secret is encoded and wins', () => {
  const made = create(secrets, {metadata: {name: 's'}, data: {a: 'eA==', b: 'eQ=='}, stringData: {a: 'z'}})
  expect(made).toMatchObject({type: 'Opaque', data: {a: 'eg==', b: 'eQ=='}})
  expect(made['stringData']).toBeUndefined()
  expect(() => update(secrets, made, draft => Object.assign(draft, {type: 'other'}))).toThrow(
    'type: Invalid value: "other": field is immutable',
  )
})

const claim = (spec: Json = {}): Json => ({
  metadata: {name: 'c'},
  spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}, ...spec},
})
const fast = {
  metadata: {name: 'fast', annotations: {'storageclass.kubernetes.io/is-default-class': 'true'}},
  provisioner: 'p',
  allowVolumeExpansion: true,
}

test('a claim without a class gets the default one, an empty class means none', () => {
  const world = contextOf({...usual, storageclasses: [fast]})
  expect(at(create(claims, claim(), world), 'spec', 'storageClassName')).toBe('fast')
  expect(at(create(claims, claim({storageClassName: ''}), world), 'spec', 'storageClassName')).toBe('')
  expect(at(create(claims, claim()), 'metadata', 'finalizers')).toEqual(['kubernetes.io/pvc-protection'])
})

test('a bound claim may grow, nothing else', () => {
  const world = contextOf({...usual, storageclasses: [fast]})
  const old = {...create(claims, claim(), world), status: {phase: 'Bound', capacity: {storage: '1Gi'}}}
  const size = (storage: string) => setSpec('resources', {requests: {storage}})
  expect(at(update(claims, old, size('2Gi'), world), 'spec', 'resources', 'requests', 'storage')).toBe('2Gi')
  expect(() => update(claims, old, size('1Mi'), world)).toThrow(
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  )
  expect(() => update(claims, old, size('2Gi'))).toThrow(
    'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass ' +
      'that provisions the pvc must support resize',
  )
  expect(() => update(claims, old, setSpec('accessModes', ['ReadOnlyMany']), world)).toThrow(
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  )
})

test('a claim must say how much it wants', () => {
  expect(() => create(claims, claim({resources: {}}))).toThrow('spec.resources[storage]: Required value')
  expect(() => create(claims, claim({accessModes: []}))).toThrow(
    'spec.accessModes: Required value: at least 1 access mode is required',
  )
})

test('the default class is marked in the list', () => {
  expect(row(classes, create(classes, fast)).slice(0, 5)).toEqual([
    'fast (default)',
    'p',
    'Delete',
    'Immediate',
    true,
  ])
})

test('a namespace carries its name as a label and is held by its finalizer', () => {
  const made = create(namespaces, {metadata: {name: 'a'}})
  expect(at(made, 'metadata', 'labels')).toEqual({'kubernetes.io/metadata.name': 'a'})
  expect(made).toMatchObject({spec: {finalizers: ['kubernetes']}, status: {phase: 'Active'}})
  const bob = contextOf({}, {name: 'bob', groups: []})
  expect(at(update(namespaces, made, setSpec('finalizers', []), bob), 'spec', 'finalizers')).toEqual([
    'kubernetes',
  ])
})

test('a disruption budget has one bound', () => {
  const spec = {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: 'web'}}}
  expect(() => create(budgets, {metadata: {name: 'bad'}, spec})).toThrow(
    'PodDisruptionBudget.policy "bad" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":' +
      '{"app":"web"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
  )
})
