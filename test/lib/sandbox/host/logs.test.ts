import {appendFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {followLog, lastOfLog, logFile} from '../../../../src/lib/sandbox/host/logs.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logs-'))
})
afterEach(() => rmSync(root, {recursive: true}))

describe('the log of a sandbox', () => {
  test('ends with the lines that were asked for', async () => {
    const file = join(root, 'x.log')
    writeFileSync(file, 'one\ntwo\nthree\n')
    expect(await lastOfLog(file, 2)).toEqual({text: 'two\nthree\n', end: 14})
    expect((await lastOfLog(file, 0)).text).toBe('')
  })

  test('goes on with what is appended, and ends when it is told to', async () => {
    const file = join(root, 'x.log')
    writeFileSync(file, 'old\n')
    const stop = new AbortController()
    appendFileSync(file, 'new\n')
    const seen: string[] = []
    for await (const piece of followLog(file, 4, stop.signal)) {
      seen.push(piece)
      stop.abort()
    }
    expect(seen).toEqual(['new\n'])
  })

  test('that is not there is not found, with how to get one', async () => {
    const paths = {root, run: root, images: root}
    await expect(lastOfLog(logFile(paths, 'daemon'), 1)).rejects.toMatchObject({
      exitCode: 5,
      hints: ['pgk sandbox up'],
    })
  })
})
