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
  const links = (await run('ip', ['-brief', 'link'])).split('\n').filter(mentions)
  const routes = (await run('ip', ['route', 'show', 'table', 'all'])).split('\n').filter(mentions)
  const tables = (await run('nft', ['list', 'tables']))
    .split('\n')
    .filter(line => mentions(line.replaceAll('_', '-')))
  const groups = list('/sys/fs/cgroup').flatMap(name => list(`/sys/fs/cgroup/${name}`).filter(mentions))
  const folders = ['/run/pgk/sandbox', '/var/lib/pgk/sandbox']
  const files = folders.flatMap(folder => list(folder).filter(mentions))
  // The runtime's notes about a pod's network name the pod's namespace, which lies below the sandbox's folder.
  const notes = '/var/lib/cni/results'
  const noted = list(notes).filter(file => mentions(read(`${notes}/${file}`)))
  return [...processes, ...mounts, ...links, ...routes, ...tables, ...groups, ...files, ...noted]
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
