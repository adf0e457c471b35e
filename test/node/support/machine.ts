import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {Delays} from '../../../src/lib/sandbox/faults/delays.ts'
import {run, runAny} from '../../../src/lib/sandbox/host/run.ts'
import {bridgeName} from '../../../src/lib/sandbox/network/links.ts'

/**
 * Everything of a machine that a sandbox may change, where its name, its folders, its links or its block of addresses
 * (such as `10.233`) would show; of what bears no name, that nobody uses it.
 */
export async function footprint(sandbox: string, block: string): Promise<string[]> {
  const name = sandbox.replaceAll('-', '[-_]')
  const links = [bridgeName(sandbox), new Delays(sandbox).device].join('|')
  const addresses = block.replaceAll('.', '\\.')
  const mark = new RegExp(
    `(\\bpgk[-_]|/sandbox/)${name}(?![\\w-])|\\bpgk_${name}_|\\b(${links})\\b|\\b${addresses}\\.\\d`,
  )
  const marked = (kind: string, lines: readonly string[]): string[] =>
    lines.filter(line => mark.test(line)).map(line => `${kind}: ${line}`)
  const lines = async (...command: [string, ...string[]]): Promise<string[]> =>
    (await run(command[0], command.slice(1))).split('\n')
  const files = ['/run/pgk/sandbox', '/var/lib/pgk/sandbox', '/var/lib/cni/networks', '/run/netns']
  return [
    ...marked('process', processes()),
    ...marked('mount', read('/proc/self/mountinfo').split('\n')),
    ...marked('socket', read('/proc/net/unix').split('\n').map(socketPath)),
    ...marked('loop device', await lines('losetup', '--list', '--noheadings', '--output', 'BACK-FILE')),
    ...marked('link', await lines('ip', '-brief', 'link')),
    ...marked('address', await lines('ip', '-brief', 'address')),
    ...marked('route', await lines('ip', 'route', 'show', 'table', 'all')),
    ...marked('routing rule', await lines('ip', 'rule')),
    ...marked('nftables table', await lines('nft', 'list', 'tables')),
    ...marked('iptables rule', (await runAny('iptables', ['-S']).catch(nothing)).stdout.split('\n')),
    ...marked('control group', controlGroups()),
    ...marked(
      'file',
      files.flatMap(folder => list(folder).map(file => `${folder}/${file}`)),
    ),
    // The runtime's notes about a pod's network name the pod's namespace, which lies below the sandbox's folder.
    ...marked('note', notes('/var/lib/cni/results')),
    ...(await orphans('/run/containerd/s')),
  ]
}

const nothing = () => ({stdout: ''})

/** Each with its control groups, which tell a container's processes, whatever they run. */
function processes(): string[] {
  return (
    readdirSync('/proc')
      .filter(pid => /^\d+$/.test(pid) && Number(pid) !== process.pid)
      .map(pid => {
        const groups = read(`/proc/${pid}/cgroup`).replaceAll('\n', ' ')
        return `${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')} in ${groups}`
      })
      // One in a group that is removed has ended already: somebody has yet to ask how.
      .filter(line => !line.includes('vitest') && !line.includes('(deleted)'))
  )
}

/** Names of groups one and two levels down, in every hierarchy. */
function controlGroups(): string[] {
  const base = '/sys/fs/cgroup'
  return list(base).flatMap(name => [name, ...list(`${base}/${name}`).map(inner => `${name}/${inner}`)])
}

const notes = (folder: string): string[] =>
  list(folder).map(file => `${file} ${read(`${folder}/${file}`)}`.replaceAll('\n', ' '))

/**
 * A killed shim leaves its socket behind, whose name tells nothing: one that nobody holds any more. Another sandbox that
 * goes down in this moment has some, too, but not for long.
 */
async function orphans(folder: string): Promise<string[]> {
  const look = (): string[] => {
    const held = new Set(read('/proc/net/unix').split('\n').map(socketPath))
    return list(folder)
      .map(file => `${folder}/${file}`)
      .filter(path => !held.has(path))
  }
  const first = look()
  if (first.length === 0) return []
  await sleep(2000)
  const second = look()
  return first.filter(path => second.includes(path)).map(path => `orphaned socket: ${path}`)
}

const socketPath = (line: string): string => line.split(/\s+/)[7] ?? ''

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : []
  } catch {
    // Of something that is no folder, or has gone meanwhile.
    return []
  }
}
