import {describe, expect, it} from 'vitest'
import type {Schema} from '../../../../src/lib/sandbox/apiserver/kind.ts'
import {applyJsonPatch} from '../../../../src/lib/sandbox/apiserver/patch/json.ts'
import {mergePatch} from '../../../../src/lib/sandbox/apiserver/patch/merge.ts'
import {strategicMerge} from '../../../../src/lib/sandbox/apiserver/patch/strategic.ts'

const string: Schema = {type: 'string'}
const schema: Schema = {
  type: 'object',
  properties: {
    annotations: {type: 'object', additionalProperties: string},
    containers: {
      type: 'array',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
      items: {
        type: 'object',
        properties: {name: string, image: string, args: {type: 'array', items: string}},
      },
    },
    finalizers: {type: 'array', items: string, 'x-kubernetes-patch-strategy': 'merge'},
    subsets: {type: 'array', items: {type: 'object'}},
    strategy: {
      type: 'object',
      'x-kubernetes-patch-strategy': 'retainKeys',
      properties: {type: string, rollingUpdate: {type: 'object'}},
    },
  },
}
const merge = (target: object, patch: object) => strategicMerge(schema, target, patch)

describe('a merge patch', () => {
  it('removes by null, merges objects and replaces everything else', () => {
    const target = {a: {b: 1, c: 2}, list: [1, 2]}
    expect(mergePatch(target, {a: {b: null, d: 3}, list: [3]})).toEqual({a: {c: 2, d: 3}, list: [3]})
    expect(target).toEqual({a: {b: 1, c: 2}, list: [1, 2]})
  })
})

describe('a JSON patch', () => {
  it('whose test fails refuses the whole patch', () => {
    const patch = [
      {op: 'replace', path: '/a', value: 2},
      {op: 'test', path: '/a', value: 3},
    ]
    expect(() => applyJsonPatch({a: 1}, patch)).toThrow('the server rejected our request')
  })

  it('leaves the object it is applied to as it was', () => {
    const target = Object.freeze({a: 1})
    expect(applyJsonPatch(target, [{op: 'add', path: '/b', value: 2}])).toEqual({a: 1, b: 2})
    expect(target).toEqual({a: 1})
  })
})

describe('a strategic merge patch', () => {
  it('removes map entries by null', () => {
    expect(merge({annotations: {leader: 'a', ttl: '30'}}, {annotations: {leader: null}})).toEqual({
      annotations: {ttl: '30'},
    })
  })

  it('replaces a list that has no merge key', () => {
    expect(merge({subsets: [{a: 1}]}, {subsets: []})).toEqual({subsets: []})
  })

  it('merges a list by its key, new items first', () => {
    const target = {containers: [{name: 'a', image: '1', args: ['x']}, {name: 'b'}]}
    const patch = {containers: [{name: 'c'}, {name: 'a', image: '2'}]}
    expect(merge(target, patch)).toEqual({
      containers: [{name: 'c'}, {name: 'a', image: '2', args: ['x']}, {name: 'b'}],
    })
  })

  it('deletes an item and replaces a whole list where told to', () => {
    const target = {containers: [{name: 'a'}, {name: 'b'}]}
    expect(merge(target, {containers: [{name: 'a', $patch: 'delete'}]})).toEqual({containers: [{name: 'b'}]})
    expect(merge(target, {containers: [{$patch: 'replace'}, {name: 'z'}]})).toEqual({
      containers: [{name: 'z'}],
    })
  })

  it('orders as $setElementOrder says', () => {
    const target = {containers: [{name: 'a'}, {name: 'b'}, {name: 'c'}]}
    const patch = {'$setElementOrder/containers': [{name: 'c'}, {name: 'a'}, {name: 'b'}]}
    expect(merge(target, patch)).toEqual({containers: [{name: 'c'}, {name: 'a'}, {name: 'b'}]})
  })

  it('adds to a set and deletes from it', () => {
    expect(merge({finalizers: ['a']}, {finalizers: ['b', 'a']})).toEqual({finalizers: ['b', 'a']})
    expect(merge({finalizers: ['a', 'b']}, {'$deleteFromPrimitiveList/finalizers': ['a']})).toEqual({
      finalizers: ['b'],
    })
  })

  it('keeps only the keys that $retainKeys names', () => {
    const target = {strategy: {type: 'RollingUpdate', rollingUpdate: {partition: 0}}}
    expect(merge(target, {strategy: {$retainKeys: ['type'], type: 'OnDelete'}})).toEqual({
      strategy: {type: 'OnDelete'},
    })
  })

  it('refuses an item without the merge key', () => {
    expect(() => merge({}, {containers: [{image: 'x'}]})).toThrow('does not contain declared merge key: name')
  })
})
