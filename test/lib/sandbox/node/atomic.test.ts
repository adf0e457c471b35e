import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {writeAtomically} from '../../../../src/lib/sandbox/node/volumes/atomic.ts'
import {giveToGroup} from '../../../../src/lib/sandbox/node/volumes/ownership.ts'
import type {Payload} from '../../../../src/lib/sandbox/node/volumes/payload.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pgk-atomic-'))
})
afterEach(() => rm(root, {recursive: true}))

const isRoot = process.getuid?.() === 0
const group = process.getgid?.() ?? 0
const payload = (files: Record<string, string>): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, {data: Buffer.from(text), mode: 0o640}]))
const write = (files: Record<string, string>) => writeAtomically(root, payload(files), group, new Date(0))

test.runIf(isRoot)('files appear through one link that changes at once', async () => {
  expect(await write({a: '1', 'deep/b': '2'})).toBe(true)
  expect(await readFile(join(root, 'deep/b'), 'utf8')).toBe('2')
  expect(await readlink(join(root, 'a'))).toBe('..data/a')
  const before = await readlink(join(root, '..data'))
  expect(await write({a: '1', 'deep/b': '2'})).toBe(false)
  expect(await write({a: 'new', 'deep/b': '2'})).toBe(true)
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('new')
  const after = await readlink(join(root, '..data'))
  expect(after).not.toBe(before)
  expect(await readdir(root)).not.toContain(before)
})

test.runIf(isRoot)('names that are gone disappear, modes are kept', async () => {
  await write({a: '1', b: '2'})
  await write({b: '2', c: '3'})
  expect((await readdir(root)).filter(name => !name.startsWith('..')).sort()).toEqual(['b', 'c'])
  expect(((await stat(join(root, 'b'))).mode & 0o777).toString(8)).toBe('640')
})

test.runIf(isRoot)('a swap that was interrupted is done again', async () => {
  await write({a: '1'})
  await symlink('nowhere', join(root, '..data_tmp'))
  await mkdir(join(root, '..2020_01_01_00_00_00.1'))
  await write({a: '2'})
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('2')
  expect(await readdir(root)).not.toContain('..2020_01_01_00_00_00.1')
})

test.runIf(isRoot)('a volume that is the group’s already is left alone', async () => {
  await mkdir(join(root, 'in'))
  await writeFile(join(root, 'in/file'), '', {mode: 0o600})
  await giveToGroup(root, 4000, 'OnRootMismatch')
  expect((await stat(join(root, 'in/file'))).gid).toBe(4000)
  expect((await stat(root)).mode & 0o7777).toBe(0o2770)
  await chmod(join(root, 'in/file'), 0o600)
  await giveToGroup(root, 4000, 'OnRootMismatch')
  expect((await stat(join(root, 'in/file'))).mode & 0o777).toBe(0o600)
  await giveToGroup(root, 4000, 'Always')
  expect((await stat(join(root, 'in/file'))).mode & 0o777).toBe(0o660)
})
