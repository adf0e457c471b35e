import {existsSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {mountPoints, removeFolder} from '../../../../src/lib/sandbox/host/mounts.ts'

test('mount points are read as the kernel writes them, the innermost last', () => {
  const table = [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '30 22 0:26 / /run/a\\040b rw - tmpfs none rw',
    '31 30 0:27 / /run/a\\040b/c rw - tmpfs none rw',
    '',
  ].join('\n')
  expect(mountPoints(table)).toEqual(['/', '/run/a b', '/run/a b/c'])
})

test('a folder without mounts is removed, and one that is not there is no failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mounts-'))
  mkdirSync(join(folder, 'x'))
  writeFileSync(join(folder, 'x', 'y'), '')
  await removeFolder(folder)
  expect(existsSync(folder)).toBe(false)
  await removeFolder(folder)
})
