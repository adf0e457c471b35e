import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, test} from 'vitest'
import {podStatus, type SeenPod} from '../../../../src/lib/sandbox/node/status/status.ts'
import {exited, podOf, recordOf, sandboxOf} from './records.ts'

const statusOf = (pod: Pod, over: Partial<SeenPod> = {}) =>
  podStatus(pod, {
    sandbox: sandboxOf(),
    containers: [],
    hostIp: '10.0.0.1',
    failure: undefined,
    isFinal: false,
    now: new Date('2026-01-01T00:00:05.500Z'),
    waiting: () => undefined,
    ready: () => true,
    started: () => true,
    lastWords: () => '',
    ...over,
  })
const conditions = (status: ReturnType<typeof statusOf>) =>
  (status.conditions ?? []).map(each => `${each.type}=${each.status}${each.reason ? `(${each.reason})` : ''}`)

describe('a pod is reported as a kubelet would', () => {
  test('before its sandbox stands', () => {
    const status = statusOf(podOf({initContainers: [{name: 'init'}]}), {sandbox: undefined})
    expect(status.phase).toBe('Pending')
    expect(conditions(status)).toEqual([
      'PodReadyToStartContainers=False',
      'Initialized=False(ContainersNotInitialized)',
      'Ready=False(ContainersNotReady)',
      'ContainersReady=False(ContainersNotReady)',
      'PodScheduled=True',
    ])
    expect(status.conditions?.[0]).toEqual({
      type: 'PodReadyToStartContainers',
      observedGeneration: 3,
      status: 'False',
      lastTransitionTime: '2026-01-01T00:00:05Z',
    })
    expect(status.containerStatuses?.[0]).toMatchObject({
      state: {waiting: {reason: 'PodInitializing'}},
      lastState: {},
      ready: false,
      started: false,
      restartCount: 0,
      imageID: '',
    })
    expect(status.podIP).toBeUndefined()
  })

  test('while it runs', () => {
    const status = statusOf(podOf(), {containers: [recordOf('main')]})
    expect(status).toMatchObject({
      phase: 'Running',
      podIP: '10.1.1.1',
      hostIP: '10.0.0.1',
      observedGeneration: 3,
    })
    expect(conditions(status)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ])
    expect(status.containerStatuses?.[0]).toMatchObject({
      containerID: 'containerd://main-0',
      state: {running: {startedAt: '1970-01-01T00:00:02Z'}},
    })
  })

  test('when one container is not ready', () => {
    const pod = podOf({containers: [{name: 'a'}, {name: 'b'}]})
    const status = statusOf(pod, {containers: [recordOf('a'), recordOf('b')], ready: id => id === 'a-0'})
    expect(status.conditions?.find(each => each.type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    })
  })

  test('when its work is done but its sandbox still stands', () => {
    const pod = podOf({restartPolicy: 'Never'})
    expect(statusOf(pod, {containers: [exited('main', 0)]}).phase).toBe('Running')
    const sandbox = sandboxOf({ready: false})
    const last = statusOf(pod, {containers: [exited('main', 0)], sandbox, isFinal: true})
    expect(last.phase).toBe('Succeeded')
    expect(conditions(last)).toEqual([
      'PodReadyToStartContainers=False',
      'Initialized=True(PodCompleted)',
      'Ready=False(PodCompleted)',
      'ContainersReady=False(PodCompleted)',
      'PodScheduled=True',
    ])
  })

  test('when it was killed', () => {
    const killed = exited('main', 137)
    const last = statusOf(podOf(), {containers: [killed], sandbox: sandboxOf({ready: false}), isFinal: true})
    expect(last.phase).toBe('Failed')
    expect(conditions(last).slice(2, 4)).toEqual([
      'Ready=False(PodFailed)',
      'ContainersReady=False(PodFailed)',
    ])
    expect(last.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      finishedAt: '1970-01-01T00:00:03Z',
    })
  })

  test('while it waits to be tried again', () => {
    const containers = [exited('main', 1, {restarts: 2}), exited('main', 7, {restarts: 1})]
    const crashing = statusOf(podOf(), {
      containers,
      waiting: () => ({reason: 'CrashLoopBackOff', message: 'm'}),
    })
    expect(crashing.phase).toBe('Running')
    expect(crashing.containerStatuses?.[0]).toMatchObject({
      restartCount: 2,
      state: {waiting: {reason: 'CrashLoopBackOff'}},
      lastState: {terminated: {exitCode: 1}},
    })
    const between = statusOf(podOf(), {containers})
    expect(between.containerStatuses?.[0]).toMatchObject({
      state: {terminated: {exitCode: 1}},
      lastState: {terminated: {exitCode: 7}},
    })
  })
})

test('a condition keeps the time of its last change', () => {
  const before = {conditions: [{type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z'}]}
  const same = statusOf(podOf({}, before), {containers: [recordOf('main')]})
  expect(same.conditions?.find(each => each.type === 'Ready')?.lastTransitionTime).toBe(
    '2025-01-01T00:00:00Z',
  )
  const other = statusOf(podOf({}, before), {containers: [exited('main', 1)]})
  expect(other.conditions?.find(each => each.type === 'Ready')?.lastTransitionTime).toBe(
    '2026-01-01T00:00:05Z',
  )
})

test('conditions of others stay, and readiness gates count', () => {
  const gate = 'example.com/gate'
  const before = {conditions: [{type: gate, status: 'False'}]}
  const pod = podOf({readinessGates: [{conditionType: gate}]}, before)
  const status = statusOf(pod, {containers: [recordOf('main')]})
  expect(status.conditions?.find(each => each.type === gate)?.status).toBe('False')
  expect(conditions(status)[2]).toBe('Ready=False(ReadinessGatesNotReady)')
  expect(conditions(status)[3]).toBe('ContainersReady=True')
})

test('a container that vanished is reported as lost, not as never started', () => {
  const known = {
    name: 'main',
    image: 'i',
    imageID: 'x',
    ready: true,
    restartCount: 4,
    containerID: 'containerd://old',
  }
  const pod = podOf({}, {containerStatuses: [{...known, state: {running: {}}}]})
  expect(statusOf(pod).containerStatuses?.[0]).toMatchObject({
    restartCount: 4,
    state: {waiting: {reason: 'ContainerCreating'}},
    lastState: {terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'}},
  })
})

test('a pod that has ended stays ended', () => {
  const pod = podOf({}, {phase: 'Succeeded'})
  expect(statusOf(pod, {containers: [recordOf('main')]}).phase).toBe('Succeeded')
})
