import {describe, expect, it} from 'vitest'
import {uncovered} from '../../../../../src/lib/sandbox/apiserver/access/coverage.ts'
import {ruleAllows, rulesOf} from '../../../../../src/lib/sandbox/apiserver/access/rules.ts'
import {attributesOf} from '../../../../../src/lib/sandbox/apiserver/http/route.ts'

/** Whether one rule allows a request. */
const allows = (rule: object, method: string, url: string): boolean => {
  const {pathname, searchParams} = new URL(url, 'https://localhost')
  return rulesOf({rules: [rule]}).some(each => ruleAllows(each, attributesOf(method, pathname, searchParams)))
}

const core = (resources: string[], verbs: string[], resourceNames?: string[]) => ({
  apiGroups: [''],
  resources,
  verbs,
  ...(resourceNames ? {resourceNames} : {}),
})
const pods = '/api/v1/namespaces/ns/pods'

describe('a rule', () => {
  it.each([
    ['a resource does not give its subresources', core(['pods'], ['*']), 'POST', `${pods}/p/exec`, false],
    ['a subresource is given by name', core(['pods/exec'], ['create']), 'POST', `${pods}/p/exec`, true],
    ['a subresource does not give its resource', core(['pods/exec'], ['*']), 'GET', `${pods}/p`, false],
    ['the subresource of every resource', core(['*/log'], ['get']), 'GET', `${pods}/p/log`, true],
    ['another subresource of every resource', core(['*/scale'], ['get']), 'GET', `${pods}/p/log`, false],
    ['the star takes in subresources', core(['*'], ['get']), 'GET', `${pods}/p/log`, true],
    ['an API group that is not named', core(['*'], ['*']), 'GET', '/apis/apps/v1/deployments', false],
    ['names bind single objects', core(['pods'], ['get', 'list'], ['p']), 'GET', `${pods}/p`, true],
    ['another name', core(['pods'], ['get', 'list'], ['p']), 'GET', `${pods}/q`, false],
    ['a list of everything with a name rule', core(['pods'], ['list'], ['p']), 'GET', pods, false],
    [
      'a list of the one name',
      core(['pods'], ['list'], ['p']),
      'GET',
      `${pods}?fieldSelector=metadata.name%3Dp`,
      true,
    ],
    [
      'a watch of the one name',
      core(['pods'], ['watch'], ['p']),
      'GET',
      `${pods}?watch=1&fieldSelector=metadata.name%3Dp`,
      true,
    ],
    ['a create never has a name', core(['pods'], ['create'], ['p']), 'POST', pods, false],
    ['a path', {nonResourceURLs: ['/metrics'], verbs: ['get']}, 'GET', '/metrics', true],
    ['a path below a star', {nonResourceURLs: ['/apis/*'], verbs: ['get']}, 'GET', '/apis/apps', true],
    ['a path beside a star', {nonResourceURLs: ['/apis/*'], verbs: ['get']}, 'GET', '/apis', false],
    ['paths are not resources', {nonResourceURLs: ['*'], verbs: ['*']}, 'GET', pods, false],
    ['resources are not paths', {apiGroups: ['*'], resources: ['*'], verbs: ['*']}, 'GET', '/metrics', false],
  ])('%s', (_, rule, method, url, allowed) => {
    expect(allows(rule, method, url)).toBe(allowed)
  })
})

describe('what is held covers what is wanted', () => {
  const left = (held: object[], wanted: object[]) =>
    uncovered(rulesOf({rules: held}), rulesOf({rules: wanted}))
  it('by one rule for each single right, together for the whole', () => {
    const held = [core(['pods'], ['get']), core(['pods'], ['list'])]
    expect(left(held, [core(['pods'], ['get', 'list'])])).toEqual([])
    expect(left(held, [core(['pods'], ['get', 'delete'])])).toMatchObject([{verbs: ['delete']}])
  })
  it('with names only for those names', () => {
    expect(left([core(['pods'], ['get'], ['a'])], [core(['pods'], ['get'], ['a'])])).toEqual([])
    expect(left([core(['pods'], ['get'], ['a'])], [core(['pods'], ['get'])])).toHaveLength(1)
    expect(left([core(['pods'], ['get'])], [core(['pods'], ['get'], ['a'])])).toEqual([])
  })
  it('never a star by single members', () => {
    expect(left([core(['pods'], ['get', 'list'])], [core(['pods'], ['*'])])).toHaveLength(1)
    expect(left([core(['pods'], ['*'])], [core(['*'], ['get'])])).toHaveLength(1)
  })
})
