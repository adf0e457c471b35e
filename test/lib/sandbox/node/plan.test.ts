import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {imageAnnotation} from '../../../../src/lib/sandbox/node/labels.ts'
import {planPod, type Situation} from '../../../../src/lib/sandbox/node/plan.ts'
import {exited, podOf, recordOf, sandboxOf} from './records.ts'

const plan = (pod: Pod, over: Partial<Situation> = {}) => {
  const found = planPod({
    pod,
    sandboxes: [sandboxOf()],
    containers: [],
    unhealthy: () => undefined,
    started: () => true,
    ...over,
  })
  return {...found, start: found.start.map(each => each.name), stop: found.stop.map(each => each.record.id)}
}
const idle = {isDone: false, stopPod: false, newSandbox: undefined, stop: [], start: []}
const two = {containers: [{name: 'a'}, {name: 'b'}]}

test('a new pod gets a sandbox and its containers in order', () => {
  expect(plan(podOf(two), {sandboxes: []})).toEqual({...idle, newSandbox: 0, start: ['a', 'b']})
})

test('with init containers only the first of them starts', () => {
  const pod = podOf({initContainers: [{name: 'i1'}, {name: 'i2'}]})
  expect(plan(pod, {sandboxes: []})).toEqual({...idle, newSandbox: 0, start: ['i1']})
  expect(plan(pod, {containers: [recordOf('i1')]})).toEqual(idle)
  expect(plan(pod, {containers: [exited('i1', 0)]})).toEqual({...idle, start: ['i2']})
  expect(plan(pod, {containers: [exited('i2', 0), exited('i1', 0)]})).toEqual({...idle, start: ['main']})
})

test('a failed init container is tried again unless the pod never restarts', () => {
  const initContainers = [{name: 'i1'}]
  expect(plan(podOf({initContainers}), {containers: [exited('i1', 1)]}).start).toEqual(['i1'])
  const never = podOf({initContainers, restartPolicy: 'Never'})
  expect(plan(never, {containers: [exited('i1', 1)]})).toEqual({...idle, isDone: true})
})

test('a sidecar lets the next start once it has started, and is restarted for ever', () => {
  const pod = podOf({initContainers: [{name: 'side', restartPolicy: 'Always'}], restartPolicy: 'Never'})
  expect(plan(pod, {containers: [recordOf('side')], started: () => false})).toEqual(idle)
  expect(plan(pod, {containers: [recordOf('side')]}).start).toEqual(['main'])
  const containers = [recordOf('main'), exited('side', 1)]
  expect(plan(pod, {containers}).start).toEqual(['side'])
})

test('what the restart policy says decides about ended containers', () => {
  const cases: [string, number, string[], boolean][] = [
    ['Always', 0, ['main'], false],
    ['Always', 1, ['main'], false],
    ['OnFailure', 0, [], true],
    ['OnFailure', 1, ['main'], false],
    ['Never', 0, [], true],
    ['Never', 1, [], true],
  ]
  for (const [restartPolicy, code, start, isDone] of cases) {
    const found = plan(podOf({restartPolicy}), {containers: [exited('main', code)]})
    expect(found).toEqual({...idle, start, isDone})
  }
})

test('a pod goes on while one of its containers runs', () => {
  const pod = podOf({...two, restartPolicy: 'Never'})
  expect(plan(pod, {containers: [recordOf('a'), exited('b', 0)]})).toEqual(idle)
})

test('a dead sandbox is replaced, its containers with it', () => {
  const dead = {sandboxes: [sandboxOf({ready: false})]}
  const containers = [exited('main', 137)]
  expect(plan(podOf(), {...dead, containers})).toEqual({...idle, newSandbox: 1, start: ['main']})
  expect(plan(podOf({restartPolicy: 'Never'}), {...dead, containers})).toEqual({...idle, isDone: true})
})

test('init containers run again in a new sandbox', () => {
  const pod = podOf({initContainers: [{name: 'i1'}]})
  const sandboxes = [sandboxOf({id: 's1', attempt: 1}), sandboxOf({ready: false})]
  const containers = [exited('main', 1), exited('i1', 0)]
  expect(plan(pod, {sandboxes, containers})).toEqual({...idle, start: ['i1']})
})

test('an unhealthy or changed container is stopped and started anew', () => {
  const containers = [recordOf('main', {annotations: {[imageAnnotation]: 'old'}})]
  expect(plan(podOf(), {containers})).toEqual({...idle, stop: ['main-0'], start: ['main']})
  const unhealthy = () => 'Container main failed liveness probe, will be restarted'
  expect(plan(podOf(), {containers: [recordOf('main')], unhealthy})).toEqual({
    ...idle,
    stop: ['main-0'],
    start: ['main'],
  })
})

test('a container that was made but never started is made again', () => {
  const containers = [recordOf('main', {state: 'created', startedAt: undefined})]
  expect(plan(podOf(), {containers})).toEqual({...idle, start: ['main']})
})
