import {describe, expect, it} from 'vitest'
import {fieldFilter} from '../../../../src/lib/sandbox/apiserver/selectors/field.ts'
import {parseLabelSelector} from '../../../../src/lib/sandbox/apiserver/selectors/label.ts'
import {holdsAll, matcherOf} from '../../../../src/lib/sandbox/selector.ts'
import {plainKind} from './fixture.ts'

const matches = (selector: string, labels: Record<string, string>) =>
  holdsAll(parseLabelSelector(selector), labels)

describe('a label selector', () => {
  it.each([
    ['a=1,b!=2', {a: '1'}, true],
    ['a==1', {a: '2'}, false],
    ['a in (1, 2)', {a: '2'}, true],
    ['a notin (1)', {}, true],
    ['a', {a: ''}, true],
    ['!a', {a: ''}, false],
    ['a=', {a: ''}, true],
    ['example.com/in=1', {'example.com/in': '1'}, true],
    ['', {}, true],
  ])('%s on %o is %s', (selector, labels, expected) => {
    expect(matches(selector, labels)).toBe(expected)
  })

  it.each(['a in 1', 'a=b=c', '=a', 'a,', 'a in (1'])('%s is refused', selector => {
    expect(() => parseLabelSelector(selector)).toThrow('unable to parse requirement')
  })

  it('in an object selects nothing by an operator that it does not know', () => {
    const selector = {matchExpressions: [{key: 'a', operator: 'Near', values: ['1']}]}
    expect(matcherOf(selector)({a: '1'})).toBe(false)
  })

  it('finds no label that an object has from its kin only', () => {
    expect(matches('constructor', {})).toBe(false)
    expect(matches('!constructor', {})).toBe(true)
  })
})

describe('a field selector', () => {
  const pods = plainKind('pods', 'Pod', {type: 'object'})
  const pod = {metadata: {name: 'p', namespace: 'n'}, spec: {nodeName: 'x'}}

  it('compares the fields that the kind offers', () => {
    expect(fieldFilter(pods, 'spec.nodeName=x,metadata.name!=q')?.(pod)).toBe(true)
    expect(fieldFilter(pods, 'status.phase=Running')?.(pod)).toBe(false)
  })

  it('by another field is refused', () => {
    expect(() => fieldFilter(pods, 'spec.priority=1')).toThrow('field label not supported: spec.priority')
    expect(() => fieldFilter(pods, 'nonsense')).toThrow("can't understand 'nonsense'")
  })
})
