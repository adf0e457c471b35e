import {IncomingMessage} from 'node:http'
import {Socket} from 'node:net'
import {describe, expect, it} from 'vitest'
import {Disturbance} from '../../../../src/lib/sandbox/faults/disturbance.ts'
import type {ApiFault} from '../../../../src/lib/sandbox/faults/fault.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'

function message(url: string, method = 'GET'): IncomingMessage {
  const made = new IncomingMessage(new Socket())
  return Object.assign(made, {url, method})
}

const api = (mode: ApiFault['mode'], more: Partial<ApiFault> = {}): ApiFault => ({kind: 'api', mode, ...more})

async function answer(fault: ApiFault, asked: IncomingMessage): Promise<number | undefined> {
  const disturbance = new Disturbance()
  disturbance.set([fault])
  try {
    await disturbance.intercept(asked)
    return undefined
  } catch (error) {
    return error instanceof StatusError ? error.code : -1
  }
}

describe('an API server that misbehaves', () => {
  it('fails every request with what was asked for', async () => {
    expect(await answer(api('500'), message('/api/v1/pods'))).toBe(500)
    expect(await answer(api('429'), message('/api/v1/pods'))).toBe(429)
  })

  it('answers writes with a conflict, never reads or creations', async () => {
    expect(await answer(api('409'), message('/api/v1/pods/a', 'PATCH'))).toBe(409)
    expect(await answer(api('409'), message('/api/v1/pods/a', 'PUT'))).toBe(409)
    expect(await answer(api('409'), message('/api/v1/pods/a'))).toBeUndefined()
    expect(await answer(api('409'), message('/api/v1/pods', 'POST'))).toBeUndefined()
  })

  it('leaves the share of requests alone that it was not told to fail', async () => {
    const disturbance = new Disturbance()
    disturbance.set([api('500', {percent: 50})])
    const outcomes = await Promise.allSettled(
      Array.from({length: 400}, () => disturbance.intercept(message('/api/v1/pods'))),
    )
    const failed = outcomes.filter(({status}) => status === 'rejected').length
    expect(failed).toBeGreaterThan(100)
    expect(failed).toBeLessThan(300)
  })

  it('drops the watches that are open when it begins, and no other connection', async () => {
    const disturbance = new Disturbance()
    const [watch, get] = [message('/api/v1/pods?watch=true'), message('/api/v1/pods')]
    await disturbance.intercept(watch)
    await disturbance.intercept(get)
    disturbance.set([api('watch-drop', {milliseconds: 60_000})])
    expect([watch.socket.destroyed, get.socket.destroyed]).toEqual([true, false])
  })

  it('drops every connection when it goes down', async () => {
    const disturbance = new Disturbance()
    const get = message('/api/v1/pods')
    await disturbance.intercept(get)
    disturbance.set([api('down')])
    expect(get.socket.destroyed).toBe(true)
  })

  it('is well again when nothing is left of it', async () => {
    const disturbance = new Disturbance()
    disturbance.set([api('500')])
    disturbance.set([])
    await expect(disturbance.intercept(message('/api/v1/pods'))).resolves.toBeUndefined()
  })
})
