import type {Container} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {linuxResources, qosClassOf} from '../../../../src/lib/sandbox/node/amounts.ts'
import {Backoff, durationText} from '../../../../src/lib/sandbox/node/backoff.ts'
import {podOf} from './records.ts'

const machine = 4 * 1024 ** 3
const container = (requests: Record<string, string>, limits: Record<string, string>): Container => ({
  name: 'c',
  resources: {requests, limits},
})
const both = {cpu: '500m', memory: '1Gi'}

test('quality of service follows from requests and limits', () => {
  const classOf = (...containers: Container[]) => qosClassOf(podOf({containers}))
  expect(classOf({name: 'c'})).toBe('BestEffort')
  expect(classOf(container(both, both))).toBe('Guaranteed')
  expect(classOf(container({}, both))).toBe('Guaranteed')
  expect(classOf(container({cpu: '100m'}, both))).toBe('Burstable')
  expect(classOf(container(both, both), {name: 'd'})).toBe('Burstable')
})

test('limits become what the kernel understands', () => {
  expect(linuxResources(container({cpu: '100m', memory: '1Gi'}, both), 'Burstable', machine)).toEqual({
    cpu_shares: 102,
    cpu_period: 100_000,
    cpu_quota: 50_000,
    memory_limit_in_bytes: 1024 ** 3,
    oom_score_adj: 750,
  })
  expect(linuxResources({name: 'c'}, 'BestEffort', machine)).toEqual({cpu_shares: 2, oom_score_adj: 1000})
  expect(linuxResources(container({}, both), 'Guaranteed', machine)).toMatchObject({
    cpu_shares: 512,
    oom_score_adj: -997,
  })
})

test('pauses grow from ten seconds to five minutes, counted from the end before', () => {
  const backoff = new Backoff()
  expect(backoff.remaining('c', 0, 0)).toBe(0)
  backoff.next('c', 0, 0)
  expect(backoff.remaining('c', 1000, 1000)).toBe(10_000)
  expect(backoff.remaining('c', 1000, 6000)).toBe(5000)
  const delays = Array.from({length: 7}, (_, index) => {
    backoff.next('c', 2000 + index, 2000 + index)
    return backoff.delay('c')
  })
  expect(delays).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000])
})

test('what ran well for long starts without a pause again', () => {
  const backoff = new Backoff()
  backoff.next('c', 0, 0)
  expect(backoff.remaining('c', 600_001, 600_001)).toBe(0)
  backoff.next('c', 600_001, 600_001)
  expect(backoff.delay('c')).toBe(10_000)
})

test('durations are written as Go writes them', () => {
  expect([10_000, 80_000, 300_000].map(durationText)).toEqual(['10s', '1m20s', '5m0s'])
})
