import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {describe, expect, test} from 'vitest'
import {acquireLock, tryLock} from '../../../../src/lib/sandbox/host/lock.ts'

const name = () => `test/${process.pid}/${Math.random()}`

describe('a lock', () => {
  test('is held by one only, and is free after it was given back', async () => {
    const lock = name()
    const held = await tryLock(lock)
    expect(held).toBeDefined()
    expect(await tryLock(lock)).toBeUndefined()
    held?.[Symbol.dispose]()
    const again = await tryLock(lock)
    expect(again).toBeDefined()
    again?.[Symbol.dispose]()
  })

  test('is waited for, and the waiting is told once', async () => {
    const lock = name()
    const held = await tryLock(lock)
    let told = 0
    const waiting = acquireLock(lock, () => {
      told += 1
      held?.[Symbol.dispose]()
    })
    ;(await waiting)[Symbol.dispose]()
    expect(told).toBe(1)
  })

  test('of a killed process is free at once', async () => {
    const lock = name()
    const script = `require('node:net').createServer().listen('\\0pgk/${lock}', () => console.log('held'))`
    const child = spawn(process.execPath, ['-e', script], {stdio: ['ignore', 'pipe', 'inherit']})
    await once(child.stdout, 'data')
    expect(await tryLock(lock)).toBeUndefined()
    const next = acquireLock(lock)
    child.kill('SIGKILL')
    ;(await next)[Symbol.dispose]()
  })
})
