import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {SqliteDatabase} from '../../../../src/lib/sandbox/apiserver/storage/database.ts'
import {Store} from '../../../../src/lib/sandbox/apiserver/storage/store.ts'

const writer = fileURLToPath(new URL('./crash-writer.ts', import.meta.url))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crash-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

it('a process that is killed loses nothing that it said was stored', async () => {
  const path = join(folder, 'state.db')
  const child = spawn(process.execPath, [writer, path], {stdio: ['ignore', 'pipe', 'inherit']})
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
    if (output.length > 4000) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const said = output.split('\n').slice(0, -1)
  const store = new Store(new SqliteDatabase(path), error => expect.fail(String(error)))
  const kept = new Set(
    store.list('/configmaps').map(({metadata}) => `${metadata?.name} ${metadata?.resourceVersion}`),
  )
  expect(said.length).toBeGreaterThan(100)
  expect(said.filter(line => !kept.has(line))).toEqual([])
  const newest = Math.max(...said.map(line => Number(line.split(' ')[1])))
  expect(store.version).toBeGreaterThanOrEqual(newest)
  store.close()
})
