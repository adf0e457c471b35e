import {expect, test, vi} from 'vitest'
import {failedError} from '../../../src/lib/errors.ts'
import {acquireLease} from '../../../src/lib/kube/lease.ts'
import {gone, type Holder, thisProcess} from '../../../src/lib/kube/lease-holder.ts'
import {fakeClock} from '../../fakes/clock.ts'
import {fakeKube} from '../../fakes/kube.ts'

const cluster = {namespace: 'db', name: 'hippo'}
const holder = (name: string, machine = name): Holder => ({
  identity: `${name}@host:1`,
  process: `${machine}/1/7`,
  startOf: () => '7',
})
const request = (who: Holder, waiting: (name: string) => void = () => undefined, waitSeconds = 60) => ({
  cluster,
  holder: who,
  waiting,
  waitSeconds,
})
/** A clock that stands still in the background: renewals never come due by themselves. */
const still = () => ({...fakeClock(), sleep: (_: number, signal?: AbortSignal) => never(signal)})
const never = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(new Error('aborted')), {once: true}),
  )

test('a lease that is released leaves nothing behind', async () => {
  const kube = fakeKube()
  const lease = await acquireLease(kube, still(), request(holder('a')))
  expect(kube.all().map(object => object.kind)).toEqual(['Lease'])
  await lease.release()
  expect(kube.all()).toEqual([])
})

test('a second pgk waits, names the holder once, and goes on when the first is done', async () => {
  const kube = fakeKube()
  const first = await acquireLease(kube, still(), request(holder('a')))
  const waiting = vi.fn()
  const clock = fakeClock()
  const second = acquireLease(kube, clock, request(holder('b'), waiting))
  await vi.waitFor(() => expect(waiting).toHaveBeenCalledWith('a@host:1'))
  await first.release()
  const lease = await second
  expect(waiting).toHaveBeenCalledTimes(1)
  await lease.release()
})

test('a holder that stopped renewing is succeeded after 15 seconds, not before', async () => {
  const kube = fakeKube()
  await acquireLease(kube, still(), request(holder('a')))
  const clock = fakeClock()
  await (await acquireLease(kube, clock, request(holder('b')))).release()
  const waited = clock.slept.filter(time => time === 500).length * 500
  expect(waited).toBeGreaterThanOrEqual(15_000)
  expect(waited).toBeLessThan(17_000)
})

test('a holder that renews is not succeeded, however far its clock is off from ours', async () => {
  const kube = fakeKube()
  await acquireLease(kube, still(), request(holder('a')))
  const renew = (): void => {
    const [held] = kube.all()
    if (held) kube.put({...held, spec: {holderIdentity: 'a@host:1', renewTime: '2025-12-31T23:00:00Z'}})
  }
  renew()
  const own = fakeClock()
  let sleeps = 0
  const clock = {
    ...own,
    sleep: (milliseconds: number, signal?: AbortSignal) => {
      sleeps += 1
      if (sleeps % 10 === 0) renew()
      return own.sleep(milliseconds, signal)
    },
  }
  const second = acquireLease(kube, clock, request(holder('b'), undefined, 40))
  await expect(second).rejects.toMatchObject({code: 'PGK_LEASE_HELD'})
})

test('a holder that stopped long ago is succeeded also by a pgk that would not wait for one that lives', async () => {
  const kube = fakeKube()
  await acquireLease(kube, still(), request(holder('a')))
  const clock = fakeClock(new Date('2026-01-01T01:00:00Z'))
  await (await acquireLease(kube, clock, request(holder('b'), undefined, 0))).release()
  expect(clock.slept.filter(time => time === 500).length * 500).toBeLessThan(17_000)
})

test('a holder of this machine whose process is gone is succeeded at once', async () => {
  const kube = fakeKube()
  await acquireLease(kube, still(), request(holder('a', 'here')))
  const clock = still()
  const dead: Holder = {...holder('b', 'here'), process: 'here/2/9', startOf: () => undefined}
  await (await acquireLease(kube, clock, request(dead))).release()
})

test('waiting in vain ends with the exit code of a refused precondition', async () => {
  const kube = fakeKube()
  await acquireLease(kube, still(), request(holder('a')))
  const second = acquireLease(kube, fakeClock(), request(holder('b'), undefined, 3))
  await expect(second).rejects.toMatchObject({code: 'PGK_LEASE_HELD', exitCode: 6})
})

test('a holder that was succeeded learns that the lease is lost and does not take it away from the next', async () => {
  const kube = fakeKube()
  const lease = await acquireLease(kube, fakeClock(), request(holder('a')))
  const [held] = kube.all()
  if (!held) throw new Error('no lease')
  kube.put({...held, metadata: {...held.metadata, annotations: {'pgk/process': 'b/1/7'}}})
  await vi.waitFor(() => expect(lease.lost.aborted).toBe(true))
  await lease.release()
  expect(kube.all()).toHaveLength(1)
})

test('an API that is away costs nobody the lease; it is not sure until it could be renewed again', async () => {
  let away = false
  const unreachable = failedError('API_UNREACHABLE', 'the Kubernetes API cannot be reached')
  const kube = fakeKube({fail: () => (away ? unreachable : undefined)})
  const clock = fakeClock()
  const lease = await acquireLease(kube, clock, request(holder('a')))
  away = true
  await vi.waitFor(() => expect(lease.sure()).toBe(false))
  away = false
  await vi.waitFor(() => expect(lease.sure()).toBe(true))
  expect(lease.lost.aborted).toBe(false)
  away = true
  await lease.release()
})

test('a process counts as gone only on the machine and start time that it named', () => {
  const self = thisProcess()
  expect(gone(self.process, self)).toBe(false)
  const [machine = '', pid = ''] = self.process.split('/')
  expect(gone(`${machine}/${pid}/1`, self)).toBe(true)
  expect(gone(`elsewhere/${pid}/1`, self)).toBe(false)
})
