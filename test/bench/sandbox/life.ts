import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Figure, median} from './figures.ts'

/** How long the sandbox takes to come, to come back, and how much memory it takes. */
export interface Machine {
  name: string
  kubeconfig: string
}

/** The built command, as people run it; gives its stdout. */
export function pgk(args: readonly string[], kubeconfig = ''): string {
  const env = {...process.env, KUBECONFIG: kubeconfig}
  const {status, stdout, stderr} = spawnSync(process.execPath, ['bin/run.js', ...args], {
    encoding: 'utf8',
    env,
  })
  if (status !== 0) throw new Error(`pgk ${args.join(' ')} exited ${status}\n${stderr}`)
  return stdout
}

function seconds(args: readonly string[]): number {
  const started = performance.now()
  pgk(args)
  return (performance.now() - started) / 1000
}

/** The command's wall time on a machine that has the images but no such sandbox. Leaves the last one up. */
export function measureUp(name: string): Figure {
  const rounds = [1, 2, 3, 4, 5].map(() => {
    pgk(['sandbox', 'down', '--purge', '--name', name])
    return seconds(['sandbox', 'up', '--name', name])
  })
  return {name: 'up to Ready, images cached', value: median(rounds), unit: 's', atMost: 3}
}

/** What one process holds in memory; with `Pss`, memory shared with others counts in part. */
function megabytes(pid: number, field: 'Rss' | 'Pss'): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024
}

const pidOf = (name: string, program: string): number =>
  Number(readFileSync(`/run/pgk/sandbox/${name}/${program}.pid`, 'utf8'))

/** The highest of some seconds, so that a lucky moment after a collection does not count. */
export async function measureMemory({name}: Machine): Promise<Figure[]> {
  const highest = {daemon: 0, containerd: 0}
  for (let n = 0; n < 20; n++) {
    await sleep(500)
    highest.daemon = Math.max(highest.daemon, megabytes(pidOf(name, 'daemon'), 'Rss'))
    highest.containerd = Math.max(highest.containerd, megabytes(pidOf(name, 'containerd'), 'Rss'))
  }
  const {daemon, containerd} = highest
  const remark = `daemon ${daemon.toFixed(0)}, containerd ${containerd.toFixed(0)}`
  return [
    {name: 'memory, 3 nodes and a cluster', value: daemon + containerd, unit: 'MiB', atMost: 250, remark},
  ]
}

/** SIGKILL to the daemon, then `up` until it is Ready with the same containers. */
export async function measureAdoption(machine: Machine): Promise<Figure> {
  const {name, kubeconfig} = machine
  const before = containers(kubeconfig)
  const rounds: number[] = []
  for (let n = 0; n < 5; n++) {
    const pid = pidOf(name, 'daemon')
    process.kill(pid, 'SIGKILL')
    while (existsSync(`/proc/${pid}`)) await sleep(10)
    rounds.push(seconds(['sandbox', 'up', '--name', name]))
    if (containers(kubeconfig) !== before) throw new Error('a restart of the daemon changed containers')
  }
  const remark = `${before.split(' ').length} containers adopted`
  return {name: 'restart of a killed daemon', value: median(rounds), unit: 's', atMost: 2, remark}
}

function containers(kubeconfig: string): string {
  const path = '{.items[*].status.containerStatuses[*].containerID}'
  const args = ['--kubeconfig', kubeconfig, 'get', 'pods', '-A', '-o', `jsonpath=${path}`]
  const {status, stdout, stderr} = spawnSync('kubectl', args, {encoding: 'utf8'})
  if (status !== 0) throw new Error(`kubectl get pods: ${stderr}`)
  return stdout
}
