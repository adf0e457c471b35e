import {expect, test} from 'vitest'
import {definitionOf} from '../../../../../src/lib/sandbox/apiserver/kinds/custom/definition.ts'
import {looseOf} from '../../../../../src/lib/sandbox/apiserver/kinds/define.ts'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {create, type Json, kindOf, row, table, update} from './fixture.ts'

const integer = {type: 'integer'}

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: {...integer, minimum: 1, maximum: 5},
        mode: {type: 'string', enum: ['a', 'b'], default: 'a'},
        name: {
          type: 'string',
          pattern: '^[a-z]+$',
          'x-kubernetes-validations': [{rule: 'self == oldSelf', message: 'name is immutable'}],
        },
        sets: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {name: {type: 'string'}, replicas: {...integer, default: 1}},
          },
        },
      },
      'x-kubernetes-validations': [
        {rule: "!(self.mode == 'b' && self.size > 3)", message: 'mode b needs size of at most 3'},
      ],
    },
    status: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true},
  },
}

const definition = (over: Json = {}): Json => ({
  metadata: {name: 'widgets.rec.example.com'},
  spec: {
    group: 'rec.example.com',
    scope: 'Namespaced',
    names: {plural: 'widgets', kind: 'Widget', shortNames: ['wd']},
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: {specReplicasPath: '.spec.size', statusReplicasPath: '.status.size'},
        },
        additionalPrinterColumns: [
          {name: 'Size', type: 'integer', jsonPath: '.spec.size'},
          {name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status'},
          {name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp'},
        ],
        schema: {openAPIV3Schema: schema},
      },
    ],
    ...over,
  },
})

const kinds = table()
const definitions = kindOf(kinds, 'customresourcedefinitions')
kinds.accept(definitionOf(create(definitions, definition())))
const widgets = kindOf(kinds, 'widgets')
const widget = (spec?: Json): Json => ({metadata: {name: 'w'}, ...(spec ? {spec} : {})})
const unchecked =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the ' +
  'existing errors to complete validation]'

test('a definition is completed and starts unaccepted', () => {
  const made = create(definitions, definition())
  expect(at(made, 'spec', 'names')).toMatchObject({singular: 'widget', listKind: 'WidgetList'})
  expect(made).toMatchObject({
    spec: {conversion: {strategy: 'None'}},
    status: {conditions: null, acceptedNames: {plural: '', kind: ''}, storedVersions: ['v1beta1']},
  })
})

test('a custom object gets its defaults, deep down too', () => {
  expect(create(widgets, widget({size: 2, sets: [{name: 'x'}]}))).toMatchObject({
    metadata: {generation: 1},
    spec: {size: 2, mode: 'a', sets: [{name: 'x', replicas: 1}]},
  })
})

test.each<[Json | undefined, string]>([
  [
    {size: 9, mode: 'z'},
    'Widget.rec.example.com "w" is invalid: [spec.size: Invalid value: 9: spec.size in body should be less than or ' +
      `equal to 5, spec.mode: Unsupported value: "z": supported values: "a", "b", ${unchecked}`,
  ],
  [{size: 4, mode: 'b'}, 'is invalid: spec: Invalid value: mode b needs size of at most 3'],
  [{}, `is invalid: [spec.size: Required value, ${unchecked}`],
  [
    {size: 'two'},
    'is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", ' +
      '.spec.size: Invalid value: 0: .spec.size accessor error: two is of the type string, expected int64, ' +
      unchecked,
  ],
  [undefined, `is invalid: [spec: Required value, ${unchecked}`],
  [{size: 1, sets: [{name: 'x'}, {name: 'x'}]}, 'is invalid: spec.sets[1]: Duplicate value: {"name":"x"}'],
  [{size: 1, name: 'A'}, `spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'`],
])('the widget %j is invalid', (spec, sentence) => {
  expect(() => create(widgets, widget(spec))).toThrow(sentence)
})

test('a transition rule compares with what was', () => {
  const old = create(widgets, widget({size: 2, name: 'abc'}))
  const rename = (draft: Json) => Object.assign(draft, {spec: {size: 2, name: 'xyz'}})
  expect(() => update(widgets, old, rename)).toThrow(
    'is invalid: spec.name: Invalid value: "xyz": name is immutable',
  )
  const grow = (draft: Json) => Object.assign(draft, {spec: {size: 3, name: 'abc'}, status: {phase: 'no'}})
  const grown = update(widgets, old, grow)
  expect(at(grown, 'metadata', 'generation')).toBe(2)
  expect(grown['status']).toBeUndefined()
})

test('what was wrong before a stricter schema does not block other changes', () => {
  const old = {...create(widgets, widget({size: 2})), spec: {size: 9, mode: 'a'}}
  const edit = (draft: Json) => Object.assign(draft, {spec: {size: 9, mode: 'b'}})
  expect(() => update(widgets, old, edit)).toThrow('mode b needs')
  const label = (draft: Json) =>
    Object.assign(draft, {metadata: {...(looseOf(draft)['metadata'] ?? {}), labels: {a: 'b'}}})
  expect(() => update(widgets, old, label)).not.toThrow()
})

test('columns follow their paths', () => {
  const conditions = [
    {type: 'Other', status: 'False'},
    {type: 'Ready', status: 'True'},
  ]
  const metadata = {name: 'w', creationTimestamp: '2026-01-02T03:03:35Z'}
  expect(row(widgets, {metadata, spec: {size: 3}, status: {conditions}})).toEqual(['w', 3, 'True', '30s'])
  expect(row(widgets, {metadata})).toEqual(['w', null, null, '30s'])
})

test.each<[Json, string]>([
  [
    {group: 'other.com'},
    'metadata.name: Invalid value: "widgets.rec.example.com": must be spec.names.plural+"."+spec.group',
  ],
  [{scope: 'Everywhere'}, 'spec.scope: Unsupported value: "Everywhere"'],
  [
    {versions: [{name: 'v1', served: true, storage: true}]},
    'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
  ],
  [
    {
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {openAPIV3Schema: {type: 'object', properties: {spec: {description: 'x'}}}},
        },
      ],
    },
    'properties[spec].type: Required value: must not be empty for specified object fields',
  ],
  [
    {
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {openAPIV3Schema: {type: 'object', 'x-kubernetes-validations': [{rule: 'self.a ==='}]}},
        },
      ],
    },
    'x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.a ==="}: compilation failed',
  ],
])('the definition with %j is invalid', (over, sentence) => {
  expect(() => create(definitions, definition(over))).toThrow(sentence)
})
