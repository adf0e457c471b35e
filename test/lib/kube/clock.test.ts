import {describe, expect, it} from 'vitest'
import {serverClock, systemClock} from '../../../src/lib/kube/clock.ts'

const hour = 3_600_000
const server = Date.parse('2026-01-01T12:00:00.400Z')
const date = 'Thu, 01 Jan 2026 12:00:00 GMT'

describe('serverClock', () => {
  it.each([
    ['an hour ahead', hour],
    ['an hour behind', -hour],
  ])('goes as the server does on a machine that is %s', (_, off) => {
    const clock = serverClock(() => server + off)
    clock.heard(date, server + off - 30)
    expect(Math.abs(clock.now().getTime() - server)).toBeLessThan(2_000)
  })

  it('leaves a machine alone whose clock is right, and one that hears no date', () => {
    const clock = serverClock(() => server)
    clock.heard(date, server - 30)
    clock.heard(undefined, server)
    clock.heard('soon', server)
    expect(clock.now().getTime()).toBe(server)
  })

  it('does not waver between two answers of one second', () => {
    let own = server + hour
    const clock = serverClock(() => own)
    clock.heard(date, own - 30)
    const first = clock.now().getTime()
    own += 300
    clock.heard(date, own - 30)
    expect(clock.now().getTime() - first).toBe(300)
  })
})

it('an aborted sleep throws what the signal was aborted with', async () => {
  const stop = new AbortController()
  const sleep = systemClock.sleep(60_000, stop.signal)
  const reason = new Error('interrupted')
  stop.abort(reason)
  await expect(sleep).rejects.toBe(reason)
})
