import {expect, test} from 'vitest'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {contextOf, create, type Json, kindOf, table, usual} from './fixture.ts'

const kinds = table()
const pods = kindOf(kinds, 'pods')
const claims = kindOf(kinds, 'persistentvolumeclaims')
const ranges = kindOf(kinds, 'limitranges')

const limited = (...limits: Json[]) =>
  contextOf({...usual, limitranges: [create(ranges, {metadata: {name: 'l'}, spec: {limits}})]})

const pod = (resources: Json = {}): Json => ({
  metadata: {name: 'p'},
  spec: {containers: [{name: 'c', image: 'i:1', resources}]},
})

test('containers get the defaults of the namespace where they say nothing', () => {
  const context = limited({
    type: 'Container',
    default: {cpu: '1', memory: '1Gi'},
    defaultRequest: {cpu: '100m'},
  })
  expect(
    at(create(pods, pod({limits: {memory: '2Gi'}}), context), 'spec', 'containers', 0, 'resources'),
  ).toEqual({
    limits: {cpu: '1', memory: '2Gi'},
    requests: {cpu: '100m', memory: '2Gi'},
  })
})

test('a container outside of the bounds is refused', () => {
  const context = limited({type: 'Container', min: {cpu: '100m'}, max: {cpu: '1'}})
  expect(() => create(pods, pod({requests: {cpu: '50m'}, limits: {cpu: '2'}}), context)).toThrow(
    'pods "p" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per ' +
      'Container is 1, but limit is 2]',
  )
})

test('a pod is measured as a whole', () => {
  const context = limited({type: 'Pod', max: {memory: '1Gi'}})
  expect(() => create(pods, pod(), context)).toThrow(
    'pods "p" is forbidden: maximum memory usage per Pod is 1Gi.  No limit is specified',
  )
  expect(() => create(pods, pod({limits: {memory: '1Gi'}}), context)).not.toThrow()
})

test('a claim is held to the bounds', () => {
  const context = limited({type: 'PersistentVolumeClaim', min: {storage: '2Gi'}})
  const claim = {
    metadata: {name: 'c'},
    spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}},
  }
  expect(() => create(claims, claim, context)).toThrow(
    'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi',
  )
})
