import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'

const applets = [
  'sh',
  'cat',
  'sleep',
  'echo',
  'ls',
  'id',
  'env',
  'touch',
  'true',
  'false',
  'stat',
  'wc',
  'tty',
]
const more = [
  'kill',
  'nc',
  'hostname',
  'grep',
  'mkdir',
  'head',
  'tail',
  'df',
  'stty',
  'httpd',
  'date',
  'readlink',
]

/** Builds a docker-style archive that holds busybox and nothing else. Gives the archive's path. */
export function buildBusyboxImage(folder: string, name: string, command: string[]): string {
  const root = join(folder, 'rootfs')
  const out = join(folder, 'image')
  for (const each of ['bin', 'etc', 'tmp']) mkdirSync(join(root, each), {recursive: true})
  mkdirSync(out, {recursive: true})
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  for (const each of [...applets, ...more]) symlinkSync('busybox', join(root, 'bin', each))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nworker:x:1000:1000::/tmp:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nworker:x:1000:\nextra:x:4000:worker\n')
  execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '-cf', join(out, 'layer.tar'), '.'])
  const digest = createHash('sha256')
    .update(readFileSync(join(out, 'layer.tar')))
    .digest('hex')
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {Cmd: command, Env: ['PATH=/bin', 'FROM_IMAGE=yes'], WorkingDir: '/'},
    rootfs: {type: 'layers', diff_ids: [`sha256:${digest}`]},
  })
  writeFileSync(join(out, 'config.json'), config)
  const manifest = [{Config: 'config.json', RepoTags: [name], Layers: ['layer.tar']}]
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest))
  const archive = join(folder, 'image.tar')
  execFileSync('tar', ['-C', out, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar'])
  rmSync(root, {recursive: true})
  rmSync(out, {recursive: true})
  return archive
}
