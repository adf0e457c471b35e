import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {isStatic} from '../../../../src/lib/sandbox/image/busybox.ts'
import {LayoutWriter} from '../../../../src/lib/sandbox/image/layout.ts'
import {tarEnd, tarFile, tarHeader} from '../../../../src/lib/sandbox/image/tar.ts'

const identity = {name: 'localhost/x:1', architecture: 'amd64', config: {user: 26, env: {PATH: '/bin'}}}
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layout-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

function tar(file: string, ...args: string[]): string {
  return execFileSync('tar', [...args, '-f', file], {encoding: 'utf8'})
}

describe('an image layout', () => {
  test('is an archive whose blobs are named by their digests and hold what was written', () => {
    const file = join(folder, 'x.tar')
    const layer = [
      tarHeader({name: 'bin/', size: 0, mode: 0o755, type: 'directory'}),
      tarFile('bin/a', Buffer.from('hello'), 0o755),
      tarHeader({name: 'bin/b', size: 0, mode: 0o777, type: 'symlink', target: 'a'}),
      tarEnd,
    ]
    const writer = new LayoutWriter(file)
    for (const piece of layer) writer.write(piece)
    writer.finish(identity)
    tar(file, '-x', '-C', folder)
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))
    const blob = (digest: string) => readFileSync(join(folder, 'blobs', digest.replace(':', '/')))
    const manifest = JSON.parse(blob(index.manifests[0].digest).toString())
    const config = JSON.parse(blob(manifest.config.digest).toString())
    const content = blob(manifest.layers[0].digest)
    expect(index.manifests[0].annotations['io.containerd.image.name']).toBe('localhost/x:1')
    expect(config).toMatchObject({config: {User: '26', Env: ['PATH=/bin']}})
    expect(content.equals(Buffer.concat(layer))).toBe(true)
    expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(content).digest('hex')}`])
    const inner = join(folder, 'blobs', manifest.layers[0].digest.replace(':', '/'))
    expect(
      tar(inner, '-t', '-v')
        .split('\n')
        .slice(0, 3)
        .map(line => line.slice(0, 10)),
    ).toEqual(['drwxr-xr-x', '-rwxr-xr-x', 'lrwxrwxrwx'])
  })

  test('that was given up leaves no file', () => {
    const file = join(folder, 'x.tar')
    const writer = new LayoutWriter(file)
    writer.write(Buffer.from('half'))
    writer.discard()
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false])
  })

  test('a name that tar cannot hold is refused instead of cut', () => {
    expect(() => tarHeader({name: 'x'.repeat(101), size: 0, mode: 0, type: 'file'})).toThrow(/too long/)
  })
})

test('a program with an interpreter is not taken for a static one', () => {
  const program = Buffer.alloc(64 + 56)
  program.writeUInt32BE(0x7f454c46)
  program[4] = 2
  program.writeBigUInt64LE(64n, 32)
  program.writeUInt16LE(56, 54)
  program.writeUInt16LE(1, 56)
  program.writeUInt32LE(1, 64)
  expect(isStatic(program)).toBe(true)
  program.writeUInt32LE(3, 64)
  expect(isStatic(program)).toBe(false)
  expect(isStatic(Buffer.from('#!/bin/sh'))).toBe(false)
})
