import type {Container, Probe} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {Prober} from '../../../../src/lib/sandbox/node/probes/prober.ts'
import {FakeClock} from '../../../fakes/sandboxclock.ts'
import {podOf} from './records.ts'

/** A prober over one container whose probes answer as told. */
function probing(container: Partial<Container>, known?: {started: boolean; ready: boolean}) {
  const clock = new FakeClock()
  const asked: string[] = []
  const said: string[] = []
  const healthy = new Set<string>()
  let changes = 0
  const kindOf = (probe: Probe) =>
    probe === container.startupProbe
      ? 'startup'
      : probe === container.livenessProbe
        ? 'liveness'
        : 'readiness'
  const prober = new Prober({
    clock,
    check: async (_target, probe) => {
      asked.push(`${clock.now().getUTCSeconds()} ${kindOf(probe)}`)
      return {isHealthy: healthy.has(kindOf(probe)), output: 'why'}
    },
    say: (_type, reason, message) => said.push(`${reason}: ${message}`),
    known: () => known,
    changed: () => {
      changes += 1
    },
  })
  const running = [
    {container: {name: 'c', ...container}, containerId: 'id', startedAt: clock.now().getTime()},
  ]
  const sync = (isEnding = false) => prober.sync(podOf(), '10.1.1.1', running, isEnding)
  sync()
  return {prober, clock, asked, said, healthy, sync, changes: () => changes}
}

test('a container without probes is ready as soon as it runs', () => {
  const {prober} = probing({})
  expect([prober.started('id'), prober.ready('id'), prober.unhealthy('id')]).toEqual([true, true, undefined])
})

test('readiness waits for its delay, then follows its period and thresholds', async () => {
  const {prober, clock, asked, healthy, said, changes} = probing({
    readinessProbe: {initialDelaySeconds: 3, periodSeconds: 10, failureThreshold: 2},
  })
  await clock.advance(4000)
  expect(prober.ready('id')).toBe(false)
  expect(said).toEqual(['Unhealthy: Readiness probe failed: why'])
  healthy.add('readiness')
  await clock.advance(10_000)
  expect(prober.ready('id')).toBe(true)
  expect(changes()).toBe(1)
  healthy.clear()
  await clock.advance(10_000)
  expect(prober.ready('id')).toBe(true)
  await clock.advance(10_000)
  expect(prober.ready('id')).toBe(false)
  expect(asked).toEqual(['3 readiness', '13 readiness', '23 readiness', '33 readiness'])
})

test('the others wait for the startup probe, then begin at once', async () => {
  const {prober, clock, asked, healthy} = probing({
    startupProbe: {periodSeconds: 2, failureThreshold: 30},
    readinessProbe: {periodSeconds: 10},
    livenessProbe: {periodSeconds: 10},
  })
  healthy.add('readiness').add('liveness')
  await clock.advance(5000)
  expect(asked.every(each => each.endsWith('startup'))).toBe(true)
  expect([prober.started('id'), prober.ready('id')]).toEqual([false, false])
  healthy.add('startup')
  await clock.advance(1000)
  expect([prober.started('id'), prober.ready('id')]).toEqual([true, true])
  expect(asked.filter(each => each.startsWith('6')).sort()).toEqual([
    '6 liveness',
    '6 readiness',
    '6 startup',
  ])
  await clock.advance(10_000)
  expect(asked.filter(each => each.endsWith('startup'))).toHaveLength(4)
})

test('a container is unhealthy only after so many failures in a row', async () => {
  const {prober, clock, healthy} = probing({livenessProbe: {periodSeconds: 1, failureThreshold: 3}})
  await clock.advance(1000)
  healthy.add('liveness')
  await clock.advance(1000)
  healthy.clear()
  await clock.advance(2000)
  expect(prober.unhealthy('id')).toBeUndefined()
  await clock.advance(1000)
  expect(prober.unhealthy('id')?.kind).toBe('liveness')
})

test('a pod on its way out is not restarted by its probes, but still unreadied', async () => {
  const {prober, clock, asked, sync} = probing({
    livenessProbe: {periodSeconds: 1},
    readinessProbe: {periodSeconds: 1},
  })
  sync(true)
  await clock.advance(5000)
  expect(asked.every(each => each.endsWith('readiness'))).toBe(true)
  expect(prober.unhealthy('id')).toBeUndefined()
  prober.stop()
})

test('what was ready before a restart of the node stays ready until a probe fails', async () => {
  const {prober, clock} = probing({readinessProbe: {failureThreshold: 1}}, {started: true, ready: true})
  expect(prober.ready('id')).toBe(true)
  await clock.advance(1)
  expect(prober.ready('id')).toBe(false)
})
