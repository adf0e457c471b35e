import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {run} from '../../../src/lib/sandbox/host/run.ts'

/** Everything of a machine that a sandbox may change, where its name or its folders would show. */
export async function footprint(marks: readonly string[]): Promise<string[]> {
  const mentions = (text: string) => marks.some(mark => text.includes(mark))
  const processes = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(pid => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
    .filter(line => mentions(line) && !line.includes('vitest'))
  const mounts = read('/proc/self/mountinfo').split('\n').filter(mentions)
  const links = (await run('ip', ['-brief', 'link']))
    .split('\n')
    .filter(line => mentions(line) || /^veth/.test(line))
  const tables = (await run('nft', ['list', 'tables']))
    .split('\n')
    .filter(line => mentions(line.replaceAll('_', '-')))
  const groups = list('/sys/fs/cgroup').flatMap(name => list(`/sys/fs/cgroup/${name}`).filter(mentions))
  const files = [
    '/run/pgk/sandbox',
    '/var/lib/pgk/sandbox',
    '/run/containerd/s',
    '/var/lib/cni/results',
  ].flatMap(folder => list(folder).filter(name => mentions(name) || name.startsWith('cni-loopback')))
  return [...processes, ...mounts, ...links, ...tables, ...groups, ...files]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, {withFileTypes: true}).map(entry => entry.name)
}
