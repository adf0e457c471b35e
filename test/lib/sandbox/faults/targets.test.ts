import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {barriersOf, silentNodes} from '../../../../src/lib/sandbox/faults/effects.ts'
import {containerGroup, findPod, settlePlace} from '../../../../src/lib/sandbox/faults/targets.ts'
import {wordsOf} from '../../../../src/lib/sandbox/faults/words.ts'
import {nodes, pods} from '../../../../src/lib/sandbox/resources.ts'
import {FakeRegistry} from '../../../fakes/registry.ts'

function registryWith(
  ...places: {namespace: string; name: string; ip: string; node: string}[]
): FakeRegistry {
  const registry = new FakeRegistry(() => new Date('2026-01-01T00:00:00Z'))
  registry.create(nodes, {metadata: {name: 'node-1'}})
  for (const {namespace, name, ip, node} of places) {
    registry.create(pods, {metadata: {namespace, name}, spec: {nodeName: node, containers: [{name: 'main'}]}})
    registry.modify(
      pods,
      namespace,
      name,
      draft => Object.assign(draft, {status: {phase: 'Running', podIP: ip}}),
      'status',
    )
  }
  return registry
}

const a = {namespace: 'db', name: 'a', ip: '10.0.0.1', node: 'node-1'}
const b = {namespace: 'db', name: 'b', ip: '10.0.0.2', node: 'node-1'}
const c = {namespace: 'other', name: 'a', ip: '10.0.0.3', node: 'node-2'}

describe('whom a fault means', () => {
  it('is the only pod of a name, wherever it is, and never one of several', () => {
    const registry = registryWith(a, b, c)
    expect(findPod(registry, {pod: 'b'}).metadata?.namespace).toBe('db')
    expect(() => findPod(registry, {pod: 'a'})).toThrow('several namespaces have a pod a')
    expect(findPod(registry, {pod: 'a', namespace: 'other'}).status?.podIP).toBe('10.0.0.3')
    expect(() => findPod(registry, {pod: 'z'})).toThrow('there is no pod z')
  })

  it('is either a pod or a node that exists', () => {
    const registry = registryWith(a)
    expect(settlePlace(registry, {pod: 'a'})).toEqual({pod: 'a', namespace: 'db'})
    expect(settlePlace(registry, {node: 'node-1'})).toEqual({node: 'node-1'})
    expect(() => settlePlace(registry, {node: 'node-9'})).toThrow('there is no node node-9')
    expect(() => settlePlace(registry, {pod: 'a', node: 'node-1'})).toThrow('either a pod or a node')
    expect(() => settlePlace(registry, {})).toThrow('either a pod or a node')
  })

  it('is a container that runs', () => {
    const pod: Pod = {
      metadata: {uid: 'u', name: 'a'},
      spec: {containers: [{name: 'main'}, {name: 'side'}]},
      status: {
        containerStatuses: [
          {
            name: 'main',
            ready: true,
            restartCount: 0,
            image: '',
            imageID: '',
            containerID: 'containerd://1',
            state: {running: {}},
          },
          {name: 'side', ready: false, restartCount: 0, image: '', imageID: '', state: {waiting: {}}},
        ],
      },
    }
    expect(containerGroup('pgk-x', pod, undefined)).toBe('pgk-x/podu/1')
    expect(() => containerGroup('pgk-x', pod, 'side')).toThrow('does not run')
    expect(() => containerGroup('pgk-x', pod, 'none')).toThrow('has no container none')
  })
})

describe('what faults keep from getting through', () => {
  it('follows the addresses that the pods have now', () => {
    const registry = registryWith(a, b, c)
    const cut = {kind: 'partition', pod: 'a', namespace: 'db', from: 'b'} as const
    expect(barriersOf(registry, [cut]).cuts).toEqual([{addresses: ['10.0.0.1'], from: ['10.0.0.2']}])
    registry.delete(pods, 'db', 'a', {gracePeriodSeconds: 0})
    expect(barriersOf(registry, [cut]).cuts).toEqual([])
  })

  it('is everything of every pod on a node that is down, whose kubelet is silent', () => {
    const registry = registryWith(a, b, c)
    const down = {kind: 'node-down', node: 'node-1'} as const
    expect(barriersOf(registry, [down]).cuts).toEqual([{addresses: ['10.0.0.1', '10.0.0.2'], from: 'all'}])
    expect([...silentNodes([down])]).toEqual(['node-1'])
  })

  it('silences the kubelet of a node that cannot reach the API server, and of no other', () => {
    expect([...silentNodes([{kind: 'partition', node: 'node-1', from: 'api'}])]).toEqual(['node-1'])
    expect([...silentNodes([{kind: 'partition', node: 'node-1', from: 'pods'}])]).toEqual([])
    expect([...silentNodes([{kind: 'partition', pod: 'a', from: 'all'}])]).toEqual([])
  })
})

describe('the words for a fault', () => {
  it.each([
    [{kind: 'pause', namespace: 'db', pod: 'a'}, 'pod db/a is paused'],
    [{kind: 'partition', node: 'node-1', from: 'pods'}, 'node node-1 is cut off from all other pods'],
    [{kind: 'partition', namespace: 'db', pod: 'a', from: 'b'}, 'pod db/a is cut off from pod b'],
    [{kind: 'api', mode: '409', percent: 20}, 'the API server answers 20 % of the writes with 409'],
    [{kind: 'api', mode: 'slow', milliseconds: 50}, 'the API server answers every request 50 ms later'],
  ] as const)('%j', (fault, words) => {
    expect(wordsOf(fault)).toBe(words)
  })
})
